"""Small TensorFlow Lite models with what the interpreter computes of them: NAME.tflite and NAME.npz (in.*, out.*).

Needs numpy, flatbuffers and ai-edge-litert. The models are put together by hand, operator by operator.
"""
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as s
from ai_edge_litert.interpreter import Interpreter

KINDS = {np.float32: 0, np.int32: 2, np.uint8: 3, np.int64: 4, np.bool_: 6, np.int8: 9, np.float16: 1}
random = np.random.default_rng(7)


class File:
    def __init__(self, name):
        self.name, self.tensors, self.buffers, self.operators, self.codes = name, [], [s.BufferT()], [], []
        self.inputs, self.outputs, self.shapes = [], [], {}

    def tensor(self, name, shape, kind=np.float32, data=None, scale=None, zero=None, axis=0, open_batch=False):
        t = s.TensorT()
        t.name, t.shape, t.type = name, list(shape), KINDS[kind]
        if open_batch:
            t.shapeSignature = [-1] + list(shape)[1:]
        if data is not None:
            b = s.BufferT()
            b.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            t.buffer = len(self.buffers)
            self.buffers.append(b)
        if scale is not None:
            q = s.QuantizationParametersT()
            q.scale = list(np.atleast_1d(scale).astype(float))
            q.zeroPoint = list(np.atleast_1d(0 if zero is None else zero).astype(int)) * (len(q.scale) if np.ndim(zero) == 0 else 1)
            q.quantizedDimension = axis
            t.quantization = q
        self.tensors.append(t)
        return len(self.tensors) - 1

    def constant(self, data, **k):
        data = np.asarray(data)
        return self.tensor(f"c{len(self.tensors)}", data.shape, data.dtype.type, data, **k)

    def input(self, name, shape, **k):
        i = self.tensor(name, shape, open_batch=True, **k)
        self.inputs.append(i)
        return i

    def op(self, code, inputs, shape, options=None, kind=np.float32, output=None, version=1, shapes=None, **k):
        key = (code, version)
        if key not in self.codes:
            self.codes.append(key)
        o = s.OperatorT()
        o.opcodeIndex, o.inputs = self.codes.index(key), list(inputs)
        results = [self.tensor(output or f"t{len(self.tensors)}", one, kind, **k) for one in (shapes or [shape])]
        o.outputs = results
        if options is not None:
            o.builtinOptions = options
            o.builtinOptionsType = getattr(s.BuiltinOptions, type(options).__name__[:-1])
        self.operators.append(o)
        if output:
            self.outputs += results
        return results[0] if not shapes else results

    def save(self, count=2):
        m, g = s.ModelT(), s.SubGraphT()
        m.version, m.subgraphs, m.buffers, m.description = 3, [g], self.buffers, ""
        m.operatorCodes = []
        for code, version in self.codes:
            c = s.OperatorCodeT()
            c.builtinCode, c.deprecatedBuiltinCode, c.version = code, min(code, 127), version
            m.operatorCodes.append(c)
        g.tensors, g.operators, g.inputs, g.outputs, g.name = self.tensors, self.operators, self.inputs, self.outputs, "main"
        b = flatbuffers.Builder(1024)
        b.Finish(m.Pack(b), b"TFL3")
        data = bytes(b.Output())
        open(self.name + ".tflite", "wb").write(data)
        i = Interpreter(model_content=data)
        i.allocate_tensors()
        arrays = {}
        for d in i.get_input_details():
            shape = (count, *d["shape"][1:])
            arrays["in." + d["name"]] = (
                random.standard_normal(shape).astype(np.float32) if d["dtype"] == np.float32
                else random.integers(-128, 128, shape).astype(d["dtype"]))
        rows = {d["name"]: [] for d in i.get_output_details()}
        for row in range(count):
            for d in i.get_input_details():
                i.set_tensor(d["index"], arrays["in." + d["name"]][row : row + 1])
            i.invoke()
            for d in i.get_output_details():
                rows[d["name"]].append(i.get_tensor(d["index"]))
        for name, parts in rows.items():
            arrays["out." + name] = np.concatenate(parts)
        np.savez(self.name + ".npz", **arrays)


def options(kind, **fields):
    o = getattr(s, kind + "OptionsT")()
    for k, v in fields.items():
        setattr(o, k, v)
    return o


def weights(*shape):
    return (random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)


def network():
    """What images go through: convolutions, pooling, a residual, a dense layer, softmax."""
    f = File("network")
    x = f.input("image", [1, 11, 9, 3])
    a = f.op(3, [x, f.constant(weights(8, 3, 3, 3)), f.constant(weights(8))], [1, 6, 5, 8],
             options("Conv2D", padding=0, strideW=2, strideH=2, fusedActivationFunction=3))
    b = f.op(4, [a, f.constant(weights(1, 3, 2, 8)), f.constant(weights(8))], [1, 6, 5, 8],
             options("DepthwiseConv2D", padding=0, strideW=1, strideH=1, depthMultiplier=1, fusedActivationFunction=1))
    c = f.op(0, [a, b], [1, 6, 5, 8], options("Add", fusedActivationFunction=1))
    d = f.op(17, [c], [1, 3, 2, 8], options("Pool2D", padding=1, strideW=2, strideH=2, filterWidth=2, filterHeight=2))
    e = f.op(1, [d], [1, 3, 2, 8], options("Pool2D", padding=0, strideW=1, strideH=1, filterWidth=2, filterHeight=2))
    r = f.op(22, [e, f.constant(np.array([-1, 48], np.int32))], [1, 48], options("Reshape"))
    y = f.op(9, [r, f.constant(weights(5, 48)), f.constant(weights(5))], [1, 5], options("FullyConnected"))
    f.op(25, [y], [1, 5], options("Softmax", beta=1.0), output="probabilities")
    f.save()


def integers():
    """The same kinds of layers in 8 bits, a scale for each channel of the weights."""
    f = File("integers")
    whole = lambda *shape: random.integers(-127, 128, shape).astype(np.int8)
    bias = lambda n: f.constant(random.integers(-2000, 2000, n).astype(np.int32))
    x = f.input("image", [1, 8, 8, 4], kind=np.int8, scale=0.05, zero=-3)
    w = f.constant(whole(8, 3, 3, 4), scale=random.uniform(0.002, 0.004, 8), axis=0)
    a = f.op(3, [x, w, bias(8)], [1, 8, 8, 8], options("Conv2D", padding=0, strideW=1, strideH=1, fusedActivationFunction=1),
             kind=np.int8, scale=0.04, zero=-128, version=3)
    w = f.constant(whole(1, 3, 3, 8), scale=random.uniform(0.002, 0.004, 8), axis=3)
    b = f.op(4, [a, w, bias(8)], [1, 4, 4, 8],
             options("DepthwiseConv2D", padding=0, strideW=2, strideH=2, depthMultiplier=1, fusedActivationFunction=0),
             kind=np.int8, scale=0.05, zero=4, version=3)
    w = f.constant(whole(8, 1, 1, 8), scale=0.003)
    c = f.op(3, [b, w, bias(8)], [1, 4, 4, 8], options("Conv2D", padding=1, strideW=1, strideH=1, fusedActivationFunction=0),
             kind=np.int8, scale=0.06, zero=9, version=3)
    d = f.op(0, [b, c], [1, 4, 4, 8], options("Add", fusedActivationFunction=1), kind=np.int8, scale=0.05, zero=-128, version=2)
    e = f.op(1, [d], [1, 1, 1, 8], options("Pool2D", padding=1, strideW=4, strideH=4, filterWidth=4, filterHeight=4),
             kind=np.int8, scale=0.05, zero=-128, version=2)
    r = f.op(22, [e, f.constant(np.array([1, 8], np.int32))], [1, 8], options("Reshape"), kind=np.int8, scale=0.05, zero=-128)
    y = f.op(9, [r, f.constant(whole(6, 8), scale=0.004), bias(6)], [1, 6], options("FullyConnected"),
             kind=np.int8, scale=0.1, zero=12, version=4, output="logits")
    f.op(25, [y], [1, 6], options("Softmax", beta=1.0), kind=np.int8, scale=1 / 256, zero=-128, version=2, output="probabilities")
    f.op(6, [y], [1, 6], output="real", version=2)
    f.save(8)


def operators():
    """One operator after the other, each from the inputs."""
    f = File("operators")
    x = f.input("x", [1, 4, 6, 2])
    v = f.input("v", [1, 10])
    ints = lambda *a: f.constant(np.array(a, np.int32))
    for code, name in [(14, "logistic"), (19, "relu"), (20, "relu1"), (21, "relu6"), (28, "tanh"), (47, "exp"), (59, "neg"),
                       (101, "abs"), (117, "hard_swish"), (111, "elu"), (92, "square"), (8, "floor"), (104, "ceil"), (116, "round")]:
        f.op(code, [x], [1, 4, 6, 2], output=name)
    f.op(98, [x], [1, 4, 6, 2], options("LeakyRelu", alpha=0.2), output="leaky_relu")
    f.op(54, [x, f.constant(weights(1, 1, 2))], [1, 4, 6, 2], output="prelu")
    f.op(150, [x], [1, 4, 6, 2], options("Gelu", approximate=True), output="gelu")
    f.op(18, [x, f.constant(weights(2))], [1, 4, 6, 2], options("Mul"), output="mul")
    f.op(41, [x, f.constant(np.float32(0.5))], [1, 4, 6, 2], options("Sub", fusedActivationFunction=1), output="sub")
    f.op(42, [v, f.constant(np.float32([3.0]))], [1, 10], options("Div"), output="div")
    f.op(55, [x, f.constant(np.float32(0.1))], [1, 4, 6, 2], output="maximum")
    f.op(57, [x, f.constant(np.float32(0.1))], [1, 4, 6, 2], output="minimum")
    f.op(99, [x, f.constant(np.float32(0.25))], [1, 4, 6, 2], output="squared_difference")
    conv = f.op(3, [x, f.constant(weights(4, 1, 1, 2)), f.constant(weights(4))], [1, 4, 6, 4],
                options("Conv2D", padding=1, strideW=1, strideH=1))
    f.op(2, [conv, conv], [1, 4, 6, 8], options("Concatenation", axis=3), output="concat_channels")
    f.op(2, [conv, conv], [1, 8, 6, 4], options("Concatenation", axis=1), output="concat_rows")
    f.op(34, [conv, f.constant(np.array([[0, 0], [1, 2], [0, 1], [0, 0]], np.int32))], [1, 7, 7, 4], output="pad")
    f.op(100, [x, f.constant(np.array([[0, 0], [1, 2], [2, 1], [0, 0]], np.int32))], [1, 7, 9, 2],
         options("MirrorPad", mode=0), output="mirror_pad")
    f.op(40, [conv, ints(1, 2)], [1, 4], options("Reducer", keepDims=False), output="mean")
    f.op(40, [conv, ints(1, 2)], [1, 1, 1, 4], options("Reducer", keepDims=True), output="mean_kept")
    f.op(74, [x, ints(3)], [1, 4, 6], options("Reducer", keepDims=False), output="sum")
    f.op(82, [x, ints(1)], [1, 6, 2], options("Reducer", keepDims=False), output="reduce_max")
    f.op(39, [x, ints(0, 3, 1, 2)], [1, 2, 4, 6], options("Transpose"), output="transpose")
    f.op(22, [conv, ints(1, 96)], [1, 96], options("Reshape"), output="reshape")
    f.op(70, [v, ints(1)], [1, 1, 10], output="expand_dims")
    f.op(45, [x, ints(0, 1, -1, 0), ints(0, 4, 0, 1), ints(1, 2, -2, 1)], [1, 2, 3],
         options("StridedSlice", beginMask=1, endMask=1, shrinkAxisMask=8), output="strided_slice")
    f.op(65, [x, ints(0, 1, 2, 0), ints(-1, 2, 3, 1)], [1, 2, 3, 1], output="slice")
    f.op(49, [ints(1), v], None, options("Split", numSplits=2), shapes=[[1, 5], [1, 5]])
    f.outputs += [len(f.tensors) - 1]
    f.op(83, [v, v], [1, 2, 10], options("Pack", valuesCount=2, axis=1), output="pack")
    f.op(23, [conv, ints(7, 9)], [1, 7, 9, 4], options("ResizeBilinear", halfPixelCenters=True), output="bilinear_half")
    f.op(23, [conv, ints(8, 12)], [1, 8, 12, 4], options("ResizeBilinear"), output="bilinear", version=1)
    f.op(23, [conv, ints(7, 11)], [1, 7, 11, 4], options("ResizeBilinear", alignCorners=True), output="bilinear_corners")
    f.op(97, [conv, ints(8, 12)], [1, 8, 12, 4], options("ResizeNearestNeighbor"), output="nearest")
    f.op(67, [ints(1, 8, 12, 3), f.constant(weights(3, 3, 3, 2)), x], [1, 8, 12, 3],
         options("TransposeConv", padding=0, strideW=2, strideH=2), output="transpose_conv")
    f.op(5, [conv], [1, 8, 12, 1], options("DepthToSpace", blockSize=2), output="depth_to_space")
    f.op(50, [v], [1, 10], output="log_softmax")
    f.op(25, [v], [1, 10], options("Softmax", beta=0.5), output="softmax_half")
    f.op(11, [v], [1, 10], options("L2Norm"), output="l2_norm")
    f.op(56, [v, ints(1)], [1], options("ArgMax", outputType=2), kind=np.int32, output="arg_max")
    half = f.op(6, [f.constant(weights(3, 10).astype(np.float16))], [3, 10])
    f.op(9, [v, half, -1], [1, 3], options("FullyConnected", fusedActivationFunction=1), output="half_weights")
    f.save()


network()
integers()
operators()
