"""What a file says, computed in double precision: the measure of every runtime's own rounding."""

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper, version_converter
from onnx.reference import ReferenceEvaluator

# The first opset whose quantisation the evaluator has in double precision.
OPSET = 21


def exact_answers(file, feeds, batch=32):
    """The output `y` for all examples by ONNX's reference evaluator, every real number a double.

    Raises what the evaluator raises where it does not know an operator.
    """
    evaluator = ReferenceEvaluator(in_doubles(onnx.load(file)))
    count = len(next(iter(feeds.values())))
    return np.concatenate([
        evaluator.run(["y"], {n: widened(v[i:i + batch]) for n, v in feeds.items()})[0]
        for i in range(0, count, batch)])


def widened(array):
    return array.astype(np.float64) if array.dtype == np.float32 else array


def in_doubles(model):
    """The model with double constants, which the evaluator computes with as it finds them."""
    version = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
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
