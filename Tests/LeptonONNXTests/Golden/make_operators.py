"""Writes operators/NAME.onnx: one node each, in forms that ONNX's own node cases leave out.

A file holds its inputs as initializers under their names, and what must come out as initializers
`expected:NAME`. Expected values are ONNX Runtime's, NumPy's, or those of ONNX's reference evaluator.

    python make_operators.py            # needs onnx 1.23, onnxruntime 1.31, numpy
"""

import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

FOLDER = pathlib.Path(__file__).parent / "operators"
random = np.random.default_rng(7)


def floats(*shape, low=-1.0, high=1.0):
    return random.uniform(low, high, shape).astype(np.float32)


def info(name, array):
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)


def model(op, inputs, outputs, attributes, opset, domain=""):
    """`inputs`: arrays, None where one is left out; `outputs`: for each whether it is wanted."""
    names = ["" if array is None else f"x{index}" for index, array in enumerate(inputs)]
    results = [f"y{index}" if wanted else "" for index, wanted in enumerate(outputs)]
    node = helper.make_node(op, names, results, domain=domain, **attributes)
    graph = helper.make_graph(
        [node], op, [info(n, a) for n, a in zip(names, inputs) if a is not None],
        [helper.make_empty_tensor_value_info(name) for name in results if name])
    versions = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return helper.make_model(graph, opset_imports=versions, ir_version=min(10 if opset < 24 else 13, 13))


def by_runtime(proto, feeds):
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def by_reference(proto, feeds):
    return ReferenceEvaluator(proto).run(None, feeds)


def case(name, op, inputs, attributes={}, outputs=(True,), opset=21, expected=by_runtime, domain=""):
    proto = model(op, inputs, outputs, attributes, opset, domain)
    feeds = {f"x{index}": array for index, array in enumerate(inputs) if array is not None}
    results = expected(proto, feeds) if callable(expected) else expected
    ports = [output.name for output in proto.graph.output]
    for port, result in zip(ports, results):
        array = np.asarray(result)
        proto.graph.initializer.append(numpy_helper.from_array(array, f"expected:{port}"))
    typed = [info(port, np.asarray(result)) for port, result in zip(ports, results)]
    del proto.graph.output[:]
    proto.graph.output.extend(typed)
    for key, array in feeds.items():
        proto.graph.initializer.append(numpy_helper.from_array(array, key))
    return name, proto


def recurrences():
    def weights(gates, directions, inputs=3, hidden=4):
        return [
            floats(directions, gates * hidden, inputs), floats(directions, gates * hidden, hidden),
            floats(directions, 2 * gates * hidden)]

    x = floats(5, 3, 3)
    lengths = np.array([5, 2, 3], np.int32)
    state = lambda directions: floats(directions, 3, 4)
    yield case(
        "lstm_peepholes_both_ways", "LSTM",
        [x, *weights(4, 2), lengths, state(2), state(2), floats(2, 12)],
        {"hidden_size": 4, "direction": "bidirectional"}, (True, True, True))
    yield case(
        "lstm_clip_coupled", "LSTM", [x, *weights(4, 1), None, state(1), state(1)],
        {"hidden_size": 4, "clip": 0.6, "input_forget": 1}, (True, True, True))
    yield case(
        "lstm_activations", "LSTM", [x, *weights(4, 2), lengths],
        {"hidden_size": 4, "direction": "bidirectional",
         "activations": ["HardSigmoid", "ScaledTanh", "Softsign", "Sigmoid", "Relu", "Elu"],
         "activation_alpha": [0.3, 1.7, 0.9], "activation_beta": [0.4, 0.7]},
        (True, True, True))
    yield case(
        "lstm_one_state", "LSTM", [x, *weights(4, 1), None, state(1)], {"hidden_size": 4},
        (True, False, True))
    yield case(
        "gru_linear_reset_clip", "GRU", [x, *weights(3, 1), lengths, state(1)],
        {"hidden_size": 4, "linear_before_reset": 1, "clip": 0.7, "direction": "reverse"},
        (True, True))
    yield case(
        "gru_reset_lengths", "GRU", [x, *weights(3, 2), lengths, state(2)],
        {"hidden_size": 4, "direction": "bidirectional"}, (True, True))
    yield case(
        "gru_activations", "GRU", [x, *weights(3, 1)],
        {"hidden_size": 4, "activations": ["HardSigmoid", "LeakyRelu"],
         "activation_alpha": [0.25, 0.1], "activation_beta": [0.45]}, (True, True))
    yield case(
        "rnn_both_ways_lengths", "RNN", [x, *weights(1, 2), lengths, state(2)],
        {"hidden_size": 4, "direction": "bidirectional", "clip": 0.8,
         "activations": ["Relu", "Affine"], "activation_alpha": [0.5], "activation_beta": [0.1]},
        (True, True))
    # ONNX Runtime refuses layout 1: the same with axes exchanged.
    operands, attributes = [x, *weights(4, 2), None, state(2), state(2)], {
        "hidden_size": 4, "direction": "bidirectional"}
    proto = model("LSTM", operands, (True, True, True), attributes, 21)
    y, h, c = by_runtime(
        proto, {f"x{i}": a for i, a in enumerate(operands) if a is not None})
    exchanged = [
        np.ascontiguousarray(a.swapaxes(0, 1)) if i in (0, 5, 6) else a
        for i, a in enumerate(operands)]
    yield case(
        "lstm_batch_first", "LSTM", exchanged, {**attributes, "layout": 1}, (True, True, True),
        expected=[y.transpose(2, 0, 1, 3), h.swapaxes(0, 1), c.swapaxes(0, 1)])


def einsums():
    equations = {
        "attention": ("bhid, bhjd -> bhij", [(2, 3, 4, 5), (2, 3, 6, 5)]),
        "joined": ("bsi,iod->bsod", [(2, 3, 4), (4, 2, 5)]),
        "ellipsis": ("...ij,...jk->...ik", [(2, 1, 3, 4), (5, 4, 2)]),
        "ellipsis_inside": ("a...b,b...->...a", [(2, 3, 4), (4, 3)]),
        "ellipsis_implicit": ("...i,...i", [(2, 3), (2, 3)]),
        "outer": ("i,j->ij", [(3,), (4,)]),
        "trace": ("ii", [(4, 4)]),
        "diagonal_twice": ("iijj->ji", [(3, 3, 2, 2)]),
        "three": ("ab,bc,cb->ac", [(2, 3), (3, 4), (4, 3)]),
        "chain": ("abc,cd,de->abe", [(2, 2, 3), (3, 4), (4, 2)]),
        "letters": ("bA,ab->", [(2, 3), (4, 2)]),
        "ascii": ("ba,Bb", [(2, 3), (4, 2)]),
        "all": ("i,i,i->i", [(3,), (3,), (3,)]),
        "private": ("ij,kl->k", [(2, 3), (4, 2)]),
        "empty": ("ij,jk->ik", [(2, 0), (0, 3)]),
    }
    for name, (equation, shapes) in equations.items():
        operands = [floats(*shape) for shape in shapes]
        yield case(
            f"einsum_{name}", "Einsum", operands, {"equation": equation},
            expected=[np.einsum(equation.replace(" ", ""), *operands)])
    integers = [random.integers(-9, 9, shape) for shape in [(2, 3, 4), (2, 4, 5)]]
    yield case(
        "einsum_integers", "Einsum", integers, {"equation": "bij,bjk->ik"},
        expected=[np.einsum("bij,bjk->ik", *integers)])


def normalisations():
    for axis in (0, 1, 2):
        for op in ("Softmax", "LogSoftmax", "Hardmax"):
            yield case(
                f"{op.lower()}_flattened_{axis}", op, [floats(2, 3, 4)], {"axis": axis}, opset=11)
    # ONNX Runtime takes odd sizes only.
    x = floats(2, 5, 3, 2)
    squares = np.stack([(x[:, max(0, c - 1):c + 3] ** 2).sum(1) for c in range(5)], 1)
    yield case(
        "lrn_even", "LRN", [x], {"size": 4, "alpha": 0.3, "beta": 0.6, "bias": 1.5},
        expected=[x / (1.5 + 0.3 / 4 * squares) ** 0.6])
    x, scale, bias = floats(2, 6, 5), floats(3), floats(3)
    grouped = x.reshape(2, 3, -1)
    centred = grouped - grouped.mean(2, keepdims=True)
    normal = centred / np.sqrt((centred**2).mean(2, keepdims=True) + 1e-3)
    yield case(
        "group_norm_per_group", "GroupNormalization", [x, scale, bias],
        {"num_groups": 3, "epsilon": 1e-3}, opset=18,
        expected=[(normal * scale[:, None] + bias[:, None]).reshape(x.shape).astype(np.float32)])
    x = floats(2, 3, 2, 2, 3)
    statistics = [floats(3), floats(3), floats(3), floats(3, low=0.5, high=2)]
    yield case("batch_norm_volume", "BatchNormalization", [x, *statistics])
    yield case(
        "batch_norm_training_volume", "BatchNormalization", [x, *statistics],
        {"training_mode": 1, "momentum": 0.7}, (True, True, True), expected=by_reference)
    yield case(
        "batch_norm_training_rows", "BatchNormalization", [floats(5, 3), *statistics],
        {"training_mode": 1}, (True, True, True), expected=by_reference)
    yield case(
        "layer_norm_statistics_only", "LayerNormalization", [floats(2, 3, 4), floats(3, 4)],
        {"axis": 1}, (True, False, True))
    x = floats(3, 4, 5)
    yield case(
        "mean_variance_axes", "MeanVarianceNormalization", [x], {"axes": [0, -1]},
        expected=[((x - x.mean((0, 2), keepdims=True)) / x.std((0, 2), keepdims=True)).astype(np.float32)])


def losses():
    x, weight = floats(4, 3, 2), floats(3, low=0.2)
    target = random.integers(0, 3, (4, 2)).astype(np.int32)
    for reduction in ("none", "mean", "sum"):
        yield case(
            f"cross_entropy_{reduction}", "SoftmaxCrossEntropyLoss", [x, target, weight],
            {"reduction": reduction, "ignore_index": 1}, (True, True), opset=13)
    everything = np.zeros(3, np.int64)
    yield case(
        "likelihood_nothing_counts", "NegativeLogLikelihoodLoss", [floats(3, 4), everything],
        {"ignore_index": 0}, opset=13, expected=[np.float32(np.nan)])
    outside = np.array([0, 4, -1], np.int64)
    x = floats(3, 4)
    yield case(
        "likelihood_no_class", "NegativeLogLikelihoodLoss", [x, outside], {"reduction": "none"},
        opset=13, expected=[np.array([-x[0, 0], np.nan, np.nan], np.float32)])


def attention():
    def query(heads=4, length=3, size=8):
        return floats(2, heads, length, size)

    for name, inputs, attributes, opset in [
        ("cache_causal_capped",
         [query(), query(2, 2), query(2, 2, 6), None, query(2, 4), query(2, 4, 6)],
         {"is_causal": 1, "softcap": 1.5, "qk_matmul_output_mode": 2}, 24),
        ("cache_mask", [query(), query(2, 2), query(2, 2, 6), random.random((2, 1, 3, 6)) < 0.6,
                        query(2, 4), query(2, 4, 6)], {"qk_matmul_output_mode": 3}, 24),
        ("short_mask", [query(), query(4, 5), query(4, 5), floats(3, 3)], {"scale": 0.3}, 23),
        ("window_past_keys", [query(2, 6), query(2, 3), query(2, 3)],
         {"left_window_size": 1, "is_causal": 1, "qk_matmul_output_mode": 3}, 25),
        ("packed_shared_key", [floats(2, 3, 32), floats(2, 5, 8), floats(2, 5, 6)],
         {"q_num_heads": 4, "kv_num_heads": 1, "qk_matmul_output_mode": 1, "softcap": 2.0}, 23),
        ("lengths_not_causal", [query(2), query(2, 5), query(2, 5), None, None, None,
                                np.array([0, 4])], {"qk_matmul_output_mode": 3}, 24),
    ]:
        outputs = (True, len(inputs) > 4 and inputs[4] is not None, False,
                   "qk_matmul_output_mode" in attributes)
        yield case(
            f"attention_{name}", "Attention", inputs, attributes, outputs, opset, by_reference)
    yield case(
        "rotary_packed_part", "RotaryEmbedding",
        [floats(2, 3, 24), floats(9, 2), floats(9, 2), random.integers(0, 9, (2, 3))],
        {"num_heads": 4, "rotary_embedding_dim": 4, "interleaved": 1}, opset=23,
        expected=by_reference)
    yield case(
        "scatter_circular", "TensorScatter",
        [floats(3, 2, 5, 4), floats(3, 2, 3, 4), np.array([7, 4, 0])], {"mode": "circular"},
        opset=24, expected=by_reference)
    yield case(
        "scatter_second_axis", "TensorScatter",
        [floats(2, 5, 3, 2), floats(2, 2, 3, 2), np.array([3, 0])], {"axis": 1}, opset=24,
        expected=by_reference)
    yield case(
        "scatter_from_the_start", "TensorScatter", [floats(2, 5, 3), floats(2, 2, 3)], {},
        opset=24, expected=by_reference)


def signals():
    for name, inputs, attributes in [
        ("longer", [floats(2, 5, 3, 1), np.int64(8), np.int64(1)], {}),
        ("shorter", [floats(2, 7, 2), np.int64(4), np.int64(-2)], {}),
        ("first_axis", [floats(6, 2, 2), None, np.int64(0)], {"inverse": 1}),
        ("half", [floats(2, 9, 1), np.int64(7), np.int64(-2)], {"onesided": 1}),
        ("half_back_odd", [floats(2, 4, 2), np.int64(7), np.int64(-2)], {"inverse": 1, "onesided": 1}),
        ("half_back_short", [floats(2, 3, 2), np.int64(8), np.int64(-2)], {"inverse": 1, "onesided": 1}),
    ]:
        inputs = [a if a is None else np.asarray(a) for a in inputs]
        yield case(f"dft_{name}", "DFT", inputs, attributes, opset=20, expected=by_reference)
    yield case(
        "stft_complex", "STFT",
        [floats(2, 20, 2), np.asarray(np.int64(3)), floats(6), np.asarray(np.int64(6))],
        {"onesided": 0}, opset=17, expected=by_reference)
    yield case(
        "mel_weights", "MelWeightMatrix",
        [np.asarray(np.int64(12)), np.asarray(np.int64(64)), np.asarray(np.int64(16000)),
         np.asarray(np.float32(100)), np.asarray(np.float32(7000))], opset=17, expected=by_reference)
    x, grams = np.array([[1, 2, 1, 3, 2, 1], [3, 3, 1, 2, 0, 9]], np.int64), {
        "min_gram_length": 1, "max_gram_length": 3, "max_skip_count": 2,
        "ngram_counts": [0, 2, 6], "ngram_indexes": [3, 0, 2, 1, 4],
        "pool_int64s": [1, 3, 1, 2, 2, 1, 1, 2, 1]}
    for mode, weights in [("TF", []), ("IDF", [0.5, 1.5, 2, 3, 4]), ("TFIDF", [0.5, 1.5, 2, 3, 4])]:
        attributes = {**grams, "mode": mode, **({"weights": weights} if weights else {})}
        yield case(f"terms_{mode.lower()}", "TfIdfVectorizer", [x], attributes, opset=9)


def products():
    m = floats(2, 4, 4)
    yield case("determinant", "Det", [m], expected=[np.linalg.det(m).astype(np.float32)])
    yield case("gemm_column", "Gemm", [floats(3, 4), floats(4, 2), floats(3, 1)], {"beta": 0.5})
    yield case("matmul_vector_stack", "MatMul", [floats(4), floats(2, 3, 4, 5)])
    yield case("matmul_stack_vector", "MatMul", [floats(2, 3, 5, 4), floats(4)])
    yield case("matmul_vectors", "MatMul", [floats(4), floats(4)])
    yield case(
        "affine_grid_one_row", "AffineGrid", [floats(2, 2, 3), np.array([2, 3, 1, 4])],
        {"align_corners": 0}, opset=20, expected=by_reference)


def quantised():
    def u8(*shape):
        return random.integers(0, 256, shape).astype(np.uint8)

    def i8(*shape):
        return random.integers(-60, 60, shape).astype(np.int8)

    def step(scale, zero, dtype=np.uint8):
        return [np.array(scale, np.float32), np.array(zero, dtype)]

    def qlinear(name, op, inputs, attributes={}, opset=17):
        return case(name, op, inputs, attributes, opset=opset, domain="com.microsoft")

    a, b = [u8(2, 3, 4), *step(0.02, 120)], [u8(3, 4), *step(0.03, 128)]
    yield qlinear("qlinear_add", "QLinearAdd", [*a, *b, *step(0.05, 130)])
    yield qlinear("qlinear_mul", "QLinearMul", [*a, *b, *step(0.08, 110)])
    yield qlinear("qlinear_sigmoid", "QLinearSigmoid", [*a, *step(1 / 256, 0)])
    yield qlinear("qlinear_leaky_relu", "QLinearLeakyRelu", [*a, *step(0.02, 30)], {"alpha": 0.1})
    image = [u8(2, 3, 5, 5), *step(0.02, 120)]
    yield qlinear("qlinear_global_average_pool", "QLinearGlobalAveragePool", [*image, *step(0.011, 100)])
    yield qlinear("qlinear_average_pool", "QLinearAveragePool", [*image, *step(0.015, 110)],
                  {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [2, 2]})
    yield qlinear("qlinear_concat", "QLinearConcat",
                  [*step(0.03, 125), u8(2, 3), *step(0.02, 120), u8(2, 1), *step(0.03, 100)], {"axis": 1})
    yield qlinear("qlinear_softmax", "QLinearSoftmax", [*a, *step(1 / 256, 0)], {"axis": -1, "opset": 13})
    yield qlinear("qlinear_softmax_opset11", "QLinearSoftmax", [*a, *step(1 / 256, 0)], {"axis": 1, "opset": 11})
    yield qlinear("qlinear_where", "QLinearWhere",
                  [random.integers(0, 2, (3, 1)).astype(bool), u8(3, 4), *step(0.02, 120), u8(3, 4),
                   *step(0.03, 100), *step(0.04, 128)])
    x, bias = [u8(3, 6), *step(0.02, 120)], random.integers(-900, 900, 4).astype(np.int32)
    columns = [np.array([0.01, 0.02, 0.015, 0.012], np.float32), np.zeros(4, np.int8)]
    yield qlinear("qgemm", "QGemm", [*x, i8(6, 4), *step(0.01, 0, np.int8), bias, *step(0.05, 128)])
    yield qlinear("qgemm_columns", "QGemm", [*x, i8(4, 6), *columns, bias, *step(0.05, 128)], {"transB": 1})
    yield qlinear("qgemm_real", "QGemm", [*x, i8(6, 4), *step(0.01, 0, np.int8), None])
    yield case("conv_integer_many_channels", "ConvInteger",
               [u8(1, 70, 7, 7), i8(3, 70, 3, 3), np.array(120, np.uint8)], {"pads": [1, 1, 1, 1]})


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.onnx"):
        old.unlink()
    for group in (recurrences, einsums, normalisations, losses, attention, signals, products, quantised):
        for name, proto in group():
            (FOLDER / f"{name}.onnx").write_bytes(proto.SerializeToString())
