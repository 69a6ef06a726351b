"""What a file says, computed in double precision: the measure of every runtime's own rounding."""

from itertools import count

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper, version_converter
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

# The first opset whose quantisation the evaluator has in double precision.
OPSET = 21


class Erf(OpRun):
    """The evaluator's own calls Python for every element."""

    def _run(self, x):
        return (torch.erf(torch.from_numpy(np.ascontiguousarray(x))).numpy(),)


def exact_answers(file, feeds, batch=32):
    """The output `y` for all examples by ONNX's reference evaluator, every real number a double.

    Raises what the evaluator raises where it does not know an operator.
    """
    evaluator = ReferenceEvaluator(in_doubles(onnx.load(file)), new_ops=[Erf])
    examples = len(next(iter(feeds.values())))
    return np.concatenate([
        evaluator.run(["y"], {n: widened(v[i:i + batch]) for n, v in feeds.items()})[0]
        for i in range(0, examples, batch)])


def widened(array):
    return array.astype(np.float64) if array.dtype == np.float32 else array


def in_doubles(model):
    """The model with double constants, which the evaluator computes with as it finds them."""
    nodes = [part for node in model.graph.node for part in as_pairs(node)]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    version = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
    for opset in list(model.opset_import):
        if opset.domain not in ("", "ai.onnx"):
            model.opset_import.remove(opset)
    if version < OPSET:
        model = version_converter.convert_version(model, OPSET)
    for tensor in model.graph.initializer:
        widen(tensor)
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                widen(attribute.t)
            elif node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT:
                attribute.i = TensorProto.DOUBLE
    return model


def widen(tensor):
    if tensor.data_type == TensorProto.FLOAT:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float64), tensor.name))


# Operators of ONNX Runtime's own domain on integers: the operator on reals, and how many (value, scale, zero point) it takes.
INTEGER_FORMS = {
    "QLinearAdd": ("Add", 2), "QLinearMul": ("Mul", 2), "QLinearSigmoid": ("Sigmoid", 1),
    "QLinearLeakyRelu": ("LeakyRelu", 1), "QLinearAveragePool": ("AveragePool", 1),
    "QLinearGlobalAveragePool": ("GlobalAveragePool", 1), "QLinearConcat": ("Concat", None),
}
numbers = count()


def as_pairs(node):
    """The node as an operator on reals between pairs of quantisations, where it is one of ONNX Runtime's own on integers."""
    if node.domain != "com.microsoft":
        return [node]
    inputs, parts = list(node.input), []
    name = lambda: f"exact.{next(numbers)}"

    def add(op, given, **attributes):
        parts.append(helper.make_node(op, given, [name()], **attributes))
        return parts[-1].output[0]

    if node.op_type == "QGemm":
        given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        a, b = (add("DequantizeLinear", inputs[i:i + 3], axis=0 if i and given.get("transB") else 1) for i in (0, 3))
        real = add("Gemm", [a, b], **given)
        if inputs[6]:  # in steps of both scales
            steps = add("Mul", [add("Cast", [inputs[6]], to=TensorProto.FLOAT), add("Mul", [inputs[1], inputs[4]])])
            real = add("Add", [real, steps])
        result = inputs[7:9]
    elif node.op_type in INTEGER_FORMS:
        op, operands = INTEGER_FORMS[node.op_type]
        if operands is None:
            result, triples = inputs[:2], inputs[2:]
        else:
            result, triples = inputs[3 * operands:], inputs[:3 * operands]
        real = add(op, [add("DequantizeLinear", triples[i:i + 3]) for i in range(0, len(triples), 3)])
        parts[-1].attribute.extend(a for a in node.attribute if a.name != "channels_last")
    else:
        raise ValueError(f"{node.op_type} of com.microsoft is not known here")
    if not result:  # reals
        parts[-1].output[0] = node.output[0]
        return parts
    parts.append(helper.make_node("QuantizeLinear", [real, *result], [node.output[0]]))
    return parts
