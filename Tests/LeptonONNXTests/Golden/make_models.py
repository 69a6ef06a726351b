"""Writes small ONNX models in the forms that importers trip on, and what ONNX Runtime makes of them.

Usage: python make_models.py        (needs onnx, onnxruntime, numpy; README.md describes the files)

ONNX Runtime runs with graph optimisations off, so that a Quantize/Dequantize pair means what the
specification says. Every value is also compared with the onnx package's own reference evaluator.
"""

import sys
import zlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

HERE = Path(__file__).parent
MODELS = []
F32, I64 = np.float32, np.int64
# What the onnx package's reference evaluator cannot run or gets wrong; see README.md.
CHECKED_BY_HAND = {
    ("arithmetic", "mean"),
    ("batch_normalization_opset9", "y"),
    ("conv_transpose", "groups"),
    ("pad", "negative_crops"),
    ("quantize_dequantize", "int32_bias"),
    ("quantize_dequantize", "per_last_axis_default"),
    ("quantize_dequantize", "per_row_back"),
    ("quantized_conv", "y"),
    ("resize_opset10", "linear"),
    ("resize_opset10", "nearest"),
    ("softmax_opset11", "default_axis_flattens"),
    ("softmax_opset11", "log_default"),
}


class Model:
    """A model under construction. Outputs are added with `output`, inner values with `node`."""

    def __init__(self, name, opset=17, ir=8):
        self.name, self.opset, self.ir = name, opset, ir
        self.random = np.random.default_rng(zlib.crc32(name.encode()))
        self.nodes, self.initializers, self.feeds, self.dims, self.outputs = [], [], {}, {}, []
        MODELS.append(self)

    def input(self, name, value, dims=None):
        """A graph input fed with `value`, or with random normals where `value` is a shape."""
        self.feeds[name] = self.normal(*value) if isinstance(value, tuple) else value
        self.dims[name] = dims or self.feeds[name].shape
        return name

    def normal(self, *shape):
        return self.random.standard_normal(shape).astype(F32)

    def const(self, value, dtype=None):
        """An initialiser: an array, or numbers (int64 unless `dtype` says otherwise)."""
        if not isinstance(value, np.ndarray):
            value = np.array(value, dtype or I64)
        name = f"const{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(value, name))
        return name

    def node(self, op, inputs, name=None, **attributes):
        name = name or f"{op.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], **attributes))
        return name

    def output(self, name, op, inputs, **attributes):
        self.outputs.append(name)
        return self.node(op, inputs, name, **attributes)

    def several(self, names, op, inputs, **attributes):
        """One node with several outputs; an empty name leaves that output out."""
        self.outputs += [n for n in names if n]
        self.nodes.append(helper.make_node(op, inputs, names, **attributes))

    def build(self, results=None):
        types = {n: helper.np_dtype_to_tensor_dtype(v.dtype) for n, v in self.feeds.items()}
        types |= {t.name: t.data_type for t in self.initializers}
        inputs = [helper.make_tensor_value_info(n, types[n], d) for n, d in self.dims.items()]
        outputs = [onnx.ValueInfoProto(name=n) for n in self.outputs]
        if results:
            # Where an input extent is symbolic, so may be the output's: state the rank only.
            free = any(isinstance(d, str) for dims in self.dims.values() for d in dims)
            outputs = [
                helper.make_tensor_value_info(
                    n,
                    helper.np_dtype_to_tensor_dtype(v.dtype),
                    [None] * v.ndim if free else v.shape,
                )
                for n, v in results.items()
            ]
        graph = helper.make_graph(self.nodes, self.name, inputs, outputs, self.initializers)
        opset = [helper.make_opsetid("", self.opset)]
        return helper.make_model(
            graph, opset_imports=opset, ir_version=self.ir, producer_name="lepton-golden"
        )


# ----------------------------------------------------------------- dense and matrix products

m = Model("gemm")
a, w = m.input("a", (3, 4)), m.const(m.normal(4, 5))
m.output("bias_vector", "Gemm", [a, w, m.const(m.normal(5))])
m.output("no_c", "Gemm", [a, w], alpha=1.5)
m.output("scalar_c", "Gemm", [a, w, m.const(m.normal())], beta=0.5)
m.output("trans_b", "Gemm", [a, m.const(m.normal(5, 4)), m.const(m.normal(1, 5))], transB=1)
m.output(
    "trans_both_scaled", "Gemm", [a, m.const(m.normal(2, 3)), m.const(m.normal(4, 1))],
    transA=1, transB=1, alpha=0.5, beta=2.0,
)

m = Model("matmul")
x = m.input("x", (2, 1, 3, 4))
m.output("batched_broadcast", "MatMul", [x, m.const(m.normal(5, 4, 2))])
m.output("by_matrix", "MatMul", [x, m.const(m.normal(4, 6))])
m.output("by_vector", "MatMul", [x, m.const(m.normal(4))])
m.output("vector_by_batch", "MatMul", [m.const(m.normal(3)), x])
v = m.input("v", (4,))
m.output("dot", "MatMul", [v, m.const(m.normal(4))])

# --------------------------------------------------------------------- convolution and pooling

m = Model("conv")
x, k = m.input("x", (2, 4, 7, 6)), m.const(m.normal(6, 4, 3, 3))
bias = m.const(m.normal(6))
m.output("bare", "Conv", [x, k])
m.output("same_upper_stride", "Conv", [x, k, bias], auto_pad="SAME_UPPER", strides=[2, 2])
m.output(
    "same_lower_even_kernel", "Conv", [x, m.const(m.normal(3, 4, 2, 2))], auto_pad="SAME_LOWER"
)
m.output("valid", "Conv", [x, k, bias], auto_pad="VALID", kernel_shape=[3, 3])
m.output("uneven_pads", "Conv", [x, k, bias], pads=[0, 1, 2, 3], strides=[2, 1])
m.output("groups", "Conv", [x, m.const(m.normal(6, 2, 3, 3)), bias], group=2, pads=[1] * 4)
m.output("depthwise_doubling", "Conv", [x, m.const(m.normal(8, 1, 3, 3))], group=4, pads=[1] * 4)
m.output("dilated", "Conv", [x, k, bias], dilations=[2, 2], pads=[2, 2, 2, 2])
m.output("pointwise", "Conv", [x, m.const(m.normal(3, 4, 1, 1))], strides=[2, 2])

m = Model("conv1d")
x = m.input("x", (2, 3, 11))
m.output("y", "Conv", [x, m.const(m.normal(4, 3, 3)), m.const(m.normal(4))],
         strides=[2], pads=[1, 1], dilations=[2])

m = Model("conv_transpose")
x = m.input("x", (1, 4, 5, 4))
m.output("stride", "ConvTranspose", [x, m.const(m.normal(4, 3, 2, 2)), m.const(m.normal(3))],
         strides=[2, 2])
m.output("output_padding", "ConvTranspose", [x, m.const(m.normal(4, 3, 3, 3))],
         strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
m.output("groups", "ConvTranspose", [x, m.const(m.normal(4, 2, 3, 3))], group=2)

m = Model("average_pool")
x = m.input("x", (1, 2, 7, 6))
pool = dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
m.output("pad_not_counted", "AveragePool", [x], **pool)
m.output("pad_counted", "AveragePool", [x], count_include_pad=1, **pool)
m.output("ceil_mode", "AveragePool", [x], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
m.output("same_upper", "AveragePool", [x], kernel_shape=[3, 3], strides=[2, 2],
         auto_pad="SAME_UPPER")

m = Model("max_pool")
x = m.input("x", (1, 2, 7, 6))
m.output("plain", "MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
m.output("stride_one_by_default", "MaxPool", [x], kernel_shape=[3, 2])
m.output("padded", "MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
m.output("ceil_mode", "MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
m.output("dilated", "MaxPool", [x], kernel_shape=[2, 2], dilations=[2, 3])
m.output("same_upper", "MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")

m = Model("global_pool")
x = m.input("x", (2, 3, 4, 5))
m.output("average", "GlobalAveragePool", [x])
m.output("maximum", "GlobalMaxPool", [x])

# ----------------------------------------------------------------------------- normalisation

m = Model("batch_normalization")
x = m.input("x", (2, 3, 4, 4))
variance = m.const(np.abs(m.normal(3)) + 0.5)
statistics = [m.const(m.normal(3)), m.const(m.normal(3)), m.const(m.normal(3)), variance]
m.output("image", "BatchNormalization", [x, *statistics], epsilon=1e-3, momentum=0.9)
m.output("features", "BatchNormalization", [m.input("f", (5, 3)), *statistics])

m = Model("batch_normalization_opset9", opset=9, ir=4)
x = m.input("x", (2, 3, 2, 2))
m.output("y", "BatchNormalization",
         [x, *[m.const(m.normal(3)) for _ in range(3)], m.const(np.abs(m.normal(3)) + 0.5)])

m = Model("layer_normalization")
x = m.input("x", (2, 3, 4))
m.output("last", "LayerNormalization", [x, m.const(m.normal(4)), m.const(m.normal(4))])
m.output("no_bias", "LayerNormalization", [x, m.const(m.normal(4))], epsilon=0.01, axis=2)
m.output("two_axes", "LayerNormalization", [x, m.const(m.normal(3, 4)), m.const(m.normal(3, 4))],
         axis=1)

m = Model("instance_normalization")
x = m.input("x", (2, 3, 4, 5))
m.output("y", "InstanceNormalization", [x, m.const(m.normal(3)), m.const(m.normal(3))],
         epsilon=1e-3)

# -------------------------------------------------------------------- elementwise functions

m = Model("clip")
x = m.input("x", (3, 4))
low, high = m.const(-0.5, F32), m.const(0.75, F32)
m.output("both", "Clip", [x, low, high])
m.output("no_minimum", "Clip", [x, "", high])
m.output("no_maximum", "Clip", [x, low])
m.output("neither", "Clip", [x])

m = Model("clip_opset6", opset=6, ir=4)
x = m.input("x", (3, 4))
m.output("relu6_like", "Clip", [x], min=0.0, max=1.0)
m.output("no_minimum", "Clip", [x], max=0.5)

m = Model("activations")
x = m.input("x", (4, 6))
for op, attributes in {
    "Erf": {}, "HardSigmoid": {}, "HardSwish": {}, "LeakyRelu": {}, "Elu": {}, "Softplus": {},
    "Softsign": {}, "Sigmoid": {}, "Tanh": {}, "Relu": {},
}.items():
    m.output(op.lower(), op, [x], **attributes)
m.output("hardsigmoid_sixth", "HardSigmoid", [x], alpha=1 / 6, beta=0.5)
m.output("leakyrelu_fifth", "LeakyRelu", [x], alpha=0.2)
m.output("elu_half", "Elu", [x], alpha=0.5)

m = Model("gelu_opset20", opset=20, ir=9)
x = m.input("x", (3, 5))
m.output("exact", "Gelu", [x])
m.output("tanh", "Gelu", [x], approximate="tanh")

m = Model("prelu")
x = m.input("x", (2, 3, 2, 2))
m.output("per_channel", "PRelu", [x, m.const(m.normal(3, 1, 1))])
m.output("shared", "PRelu", [x, m.const(m.normal(1))])

m = Model("unary")
x = m.input("x", np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, -1.2, 1.7], F32))
for op in ["Abs", "Neg", "Floor", "Ceil", "Round", "Sign", "Exp", "Sin", "Cos", "Reciprocal"]:
    m.output(op.lower(), op, [x])
positive = m.node("Abs", [x])
m.output("sqrt", "Sqrt", [positive])
m.output("log", "Log", [positive])

m = Model("arithmetic")
x, y = m.input("x", (2, 1, 4)), m.input("y", (3, 1))
for op in ["Add", "Sub", "Mul", "Div"]:
    m.output(op.lower(), op, [x, y])
m.output("pow_integer_exponent", "Pow", [x, m.const(2)])
m.output("pow_half", "Pow", [m.node("Abs", [x]), m.const(0.5, F32)])
m.output("maximum", "Max", [x, y, m.const(0.1, F32)])
m.output("minimum", "Min", [x, y])
m.output("sum", "Sum", [x, y, m.const(m.normal(4))])
m.output("mean", "Mean", [x, y])

m = Model("integer_arithmetic")
i = m.input("i", np.array([-7, -4, 3, 8, 9], I64))
m.output("div_truncates", "Div", [i, m.const(2)])
m.output("mod_sign_of_divisor", "Mod", [i, m.const(3)])
m.output("mod_sign_of_dividend", "Mod", [i, m.const(3)], fmod=1)
m.output("product", "Mul", [i, m.const([2, -3, 4, -5, 6])])

m = Model("where_and_comparisons")
c = m.input("c", np.array([[True], [False]]))
x, y = m.input("x", (2, 3)), m.input("y", (1, 3))
m.output("where_broadcast", "Where", [c, x, m.const(-1.0, F32)])
greater = m.output("greater", "Greater", [x, y])
m.output("less_or_equal", "LessOrEqual", [x, y])
m.output("equal", "Equal", [x, x])
m.output("not", "Not", [greater])
m.output("and", "And", [greater, c])
m.output("or", "Or", [greater, c])

m = Model("cast")
x = m.input("x", np.array([-2.7, -0.5, 0.0, 0.3, 1.5, 2.5, 200.9], F32))
m.output("to_int32", "Cast", [x], to=TensorProto.INT32)
m.output("to_int64", "Cast", [x], to=TensorProto.INT64)
m.output("to_bool", "Cast", [x], to=TensorProto.BOOL)
m.output("to_double", "Cast", [x], to=TensorProto.DOUBLE)
m.output("to_uint8", "Cast", [m.node("Abs", [x])], to=TensorProto.UINT8)
half = m.node("Cast", [x], to=TensorProto.FLOAT16)
m.output("through_half", "Cast", [half], to=TensorProto.FLOAT)
m.output("bool_to_float", "Cast", [m.const(np.array([True, False]))], to=TensorProto.FLOAT)

# -------------------------------------------------------------------- reductions and softmax

m = Model("reduce_opset13", opset=13, ir=7)
x = m.input("x", (2, 3, 4))
m.output("mean_dropped", "ReduceMean", [x], axes=[1], keepdims=0)
m.output("mean_negative_axes", "ReduceMean", [x], axes=[-1, -2])
m.output("mean_of_all", "ReduceMean", [x])
m.output("max", "ReduceMax", [x], axes=[2], keepdims=0)
m.output("min", "ReduceMin", [x], axes=[0])
m.output("product", "ReduceProd", [x], axes=[2])
m.output("l2", "ReduceL2", [x], axes=[-1])
m.output("sum_axes_as_input", "ReduceSum", [x, m.const([0, 2])], keepdims=0)
m.output("sum_of_all", "ReduceSum", [x], keepdims=0)

m = Model("reduce_opset18", opset=18)
x = m.input("x", (2, 3, 4))
m.output("mean", "ReduceMean", [x, m.const([-1])], keepdims=0)
m.output("mean_of_all", "ReduceMean", [x], keepdims=0)
m.output("noop", "ReduceMean", [x], noop_with_empty_axes=1)
m.output("max", "ReduceMax", [x, m.const([0, 1])])

m = Model("softmax_opset11", opset=11, ir=6)
x = m.input("x", (2, 3, 4))
m.output("default_axis_flattens", "Softmax", [x])
m.output("last", "Softmax", [x], axis=2)
m.output("log_default", "LogSoftmax", [x])

m = Model("softmax_opset13", opset=13, ir=7)
x = m.input("x", m.normal(2, 3, 4) * 30)
m.output("default_axis_is_last", "Softmax", [x])
m.output("middle", "Softmax", [x], axis=1)
m.output("log", "LogSoftmax", [x], axis=-1)

m = Model("argmax")
x = m.input("x", np.array([[3, 1, 3, 2], [0, 5, 5, -1]], F32))
m.output("first_of_equals", "ArgMax", [x], axis=-1, keepdims=0)
m.output("last_of_equals", "ArgMax", [x], axis=1, select_last_index=1)
m.output("default_axis", "ArgMax", [x])
m.output("argmin", "ArgMin", [x], axis=1)

m = Model("top_k")
x = m.input("x", (3, 5))
m.several(["values", "indices"], "TopK", [x, m.const([2])])
m.several(["smallest", "smallest_indices"], "TopK", [x, m.const([3])], axis=0, largest=0)

# --------------------------------------------------------------------------- moving elements

m = Model("reshape")
x = m.input("x", (2, 3, 4))
m.output("zero_and_minus_one", "Reshape", [x, m.const([0, -1])])
m.output("zero_in_the_middle", "Reshape", [x, m.const([-1, 0, 2])])
m.output("to_vector", "Reshape", [x, m.const([-1])])

m = Model("flatten")
x = m.input("x", (2, 3, 4))
m.output("default", "Flatten", [x])
m.output("axis0", "Flatten", [x], axis=0)
m.output("axis2", "Flatten", [x], axis=2)
m.output("axis_minus_one", "Flatten", [x], axis=-1)

m = Model("transpose")
x = m.input("x", (2, 3, 4))
m.output("reversed_by_default", "Transpose", [x])
m.output("permuted", "Transpose", [x], perm=[1, 2, 0])

m = Model("squeeze_unsqueeze")
x = m.input("x", (1, 3, 1, 2))
m.output("squeeze_all", "Squeeze", [x])
m.output("squeeze_negative", "Squeeze", [x, m.const([-2])])
m.output("unsqueeze", "Unsqueeze", [x, m.const([0, -1])])

m = Model("squeeze_unsqueeze_opset11", opset=11, ir=6)
x = m.input("x", (1, 3, 1, 2))
m.output("squeeze", "Squeeze", [x], axes=[0, 2])
m.output("unsqueeze", "Unsqueeze", [x], axes=[1, 5])

m = Model("concat")
x, y = m.input("x", (2, 3)), m.input("y", (2, 1))
m.output("last", "Concat", [x, y, x], axis=-1)
m.output("first_with_constant", "Concat", [x, m.const(m.normal(1, 3))], axis=0)
m.output("one_input", "Concat", [y], axis=1)

m = Model("split")
x = m.input("x", (2, 6))
m.several(["one", "two", "three"], "Split", [x, m.const([1, 2, 3])], axis=1)
m.several(["left", "right"], "Split", [x], axis=-1)

m = Model("split_opset11", opset=11, ir=6)
x = m.input("x", (2, 6))
m.several(["two", "four"], "Split", [x], axis=1, split=[2, 4])

m = Model("split_opset18", opset=18)
x = m.input("x", (2, 7))
m.several(["three", "three_more", "rest"], "Split", [x], axis=1, num_outputs=3)

m = Model("slice")
x = m.input("x", (4, 6))
m.output("no_axes", "Slice", [x, m.const([1, 2]), m.const([3, 5])])
m.output("steps", "Slice", [x, m.const([0]), m.const([6]), m.const([1]), m.const([2])])
m.output("negative_axis", "Slice", [x, m.const([-3]), m.const([-1]), m.const([-1])])
m.output("to_the_end", "Slice", [x, m.const([2]), m.const([2**63 - 1]), m.const([0])])
m.output("reversed", "Slice",
         [x, m.const([-1]), m.const([-(2**63)]), m.const([1]), m.const([-1])])
m.output("backwards_by_two", "Slice",
         [x, m.const([5]), m.const([0]), m.const([1]), m.const([-2])])
m.output("int32_indices", "Slice", [x, *[m.const([v], np.int32) for v in (1, 100, 0, 1)]])

m = Model("slice_opset9", opset=9, ir=4)
x = m.input("x", (4, 6))
m.output("with_axes", "Slice", [x], starts=[-3], ends=[100], axes=[1])
m.output("no_axes", "Slice", [x], starts=[1, 0], ends=[3, -1])

m = Model("pad")
x = m.input("x", (1, 2, 3, 4))
border = m.const([0, 0, 1, 2, 0, 0, 0, 1])
m.output("zero", "Pad", [x, border])
m.output("value", "Pad", [x, border, m.const(-3.5, F32)], mode="constant")
m.output("reflect", "Pad", [x, border], mode="reflect")
m.output("edge", "Pad", [x, border], mode="edge")
m.output("negative_crops", "Pad", [x, m.const([0, 0, -1, 1, 0, 0, 0, -2])])
m.output("channels", "Pad", [x, m.const([0, 1, 0, 0, 0, 2, 0, 0])])

m = Model("pad_opset2", opset=9, ir=4)
x = m.input("x", (1, 1, 3, 4))
m.output("y", "Pad", [x], pads=[0, 0, 1, 1, 0, 0, 2, 0], value=1.5)

m = Model("pad_opset18", opset=18)
x = m.input("x", (2, 3, 4))
m.output("axes", "Pad", [x, m.const([1, 2]), m.const(9.0, F32), m.const([-1])])

m = Model("expand_and_tile")
x = m.input("x", (3, 1))
m.output("wider", "Expand", [x, m.const([3, 4])])
m.output("new_axes", "Expand", [x, m.const([2, 1, 1, 5])])
m.output("ones_keep", "Expand", [x, m.const([1])])
m.output("tiled", "Tile", [x, m.const([2, 3])])

m = Model("gather")
x = m.input("x", (3, 4))
m.output("negative_indices", "Gather", [x, m.const([-1, 0, -4])], axis=1)
m.output("scalar_index", "Gather", [x, m.const(1)], axis=0)
m.output("index_matrix", "Gather", [x, m.const([[0, 2], [1, -1]])])
m.output("elements", "GatherElements", [x, m.const([[0, -1], [2, 1], [3, 0]])], axis=1)

m = Model("gather_from_table")
i = m.input("ids", np.array([[1, 4, 0], [2, 2, 3]], I64))
m.output("y", "Gather", [m.const(m.normal(5, 3)), i])

m = Model("depth_to_space")
x = m.input("x", (1, 8, 2, 3))
m.output("dcr", "DepthToSpace", [x], blocksize=2)
m.output("crd", "DepthToSpace", [x], blocksize=2, mode="CRD")
m.output("back", "SpaceToDepth", [m.input("z", (1, 2, 4, 6))], blocksize=2)

# ---------------------------------------------------------------------------------- resizing

m = Model("resize_nearest")
x = m.input("x", (1, 2, 3, 4))
double, odd = m.const([1, 1, 2, 2], F32), m.const([1, 2, 5, 3])
m.output("upsample_twice", "Resize", [x, "", double], mode="nearest",
         coordinate_transformation_mode="asymmetric", nearest_mode="floor")
m.output("half_pixel_sizes", "Resize", [x, "", "", odd], mode="nearest")
m.output("half_pixel_floor", "Resize", [x, "", m.const([1, 1, 1.5, 0.75], F32)], mode="nearest",
         nearest_mode="floor")
m.output("align_corners", "Resize", [x, "", "", odd], mode="nearest",
         coordinate_transformation_mode="align_corners", nearest_mode="round_prefer_ceil")
m.output("asymmetric_ceil", "Resize", [x, "", "", odd], mode="nearest",
         coordinate_transformation_mode="asymmetric", nearest_mode="ceil")

m = Model("resize_linear")
x = m.input("x", (1, 2, 4, 5))
double, odd = m.const([1, 1, 2, 2], F32), m.const([1, 2, 7, 3])
m.output("half_pixel_scales", "Resize", [x, "", double], mode="linear")
m.output("half_pixel_sizes", "Resize", [x, "", "", odd], mode="linear")
m.output("align_corners", "Resize", [x, "", "", odd], mode="linear",
         coordinate_transformation_mode="align_corners")
m.output("pytorch_half_pixel", "Resize", [x, "", "", m.const([1, 2, 1, 9])], mode="linear",
         coordinate_transformation_mode="pytorch_half_pixel")
m.output("asymmetric", "Resize", [x, "", m.const([1, 1, 1.5, 0.8], F32)], mode="linear",
         coordinate_transformation_mode="asymmetric")

m = Model("resize_opset10", opset=10, ir=5)
x = m.input("x", (1, 1, 3, 2))
m.output("nearest", "Resize", [x, m.const([1, 1, 2, 3], F32)])
m.output("linear", "Resize", [x, m.const([1, 1, 2, 2], F32)], mode="linear")

m = Model("upsample_opset9", opset=9, ir=4)
x = m.input("x", (1, 2, 2, 3))
m.output("y", "Upsample", [x, m.const([1, 1, 2, 2], F32)], mode="nearest")

# --------------------------------------------------------- constants, shapes and pass-throughs

m = Model("constants")
x = m.input("x", (2, 3))
scalar = m.node("Constant", [], value_float=2.5)
vector = m.node("Constant", [], value_floats=[1.0, -2.0, 3.0])
shape = m.node("Constant", [], value_ints=[3, 2])
tensor = m.node("Constant", [], value=numpy_helper.from_array(m.normal(2, 1)))
fives = m.node("ConstantOfShape", [m.const([2, 3])],
               value=numpy_helper.from_array(np.array([5], F32)))
m.output("scaled", "Mul", [x, scalar])
m.output("shifted", "Add", [x, vector])
m.output("reshaped", "Reshape", [x, shape])
m.output("by_tensor", "Mul", [x, tensor])
m.output("filled", "Add", [x, fives])
m.output("zeros", "ConstantOfShape", [m.const([2, 2])])
m.output("range", "Range", [m.const(2), m.const(9), m.const(3)])

m = Model("initializer_storage")
x = m.input("x", (2, 3))
half = np.array([0.5, -1.25, 3.0], np.float16)
for name, dtype, values in [
    ("in_float_data", TensorProto.FLOAT, [1.5, -2.0, 0.25]),
    ("in_double_data", TensorProto.DOUBLE, [0.1, 0.2, 0.3]),
    ("in_int64_data", TensorProto.INT64, [1, -2, 3]),
    ("in_int32_data", TensorProto.INT32, [4, -5, 6]),
    ("bytes_in_int32_data", TensorProto.INT8, [-128, 0, 127]),
    ("half_in_int32_data", TensorProto.FLOAT16, half),
]:
    m.initializers.append(helper.make_tensor(f"{name}_value", dtype, [3], values))
    m.output(name, "Add", [x, m.node("Cast", [f"{name}_value"], to=TensorProto.FLOAT)])
m.output("in_raw_data", "Add", [x, m.const(m.normal(3))])

m = Model("initializer_as_input", opset=8, ir=3)  # as files were written before IR version 4
x = m.input("x", (2, 3))
m.dims["w"] = (3,)
m.initializers.append(numpy_helper.from_array(m.normal(3), "w"))
m.output("y", "Add", [x, "w"])

m = Model("dynamic_shape")
x = m.input("x", (2, 3, 4), dims=["N", 3, "W"])
shape = m.node("Shape", [x])
batch = m.node("Unsqueeze", [m.node("Gather", [shape, m.const(0)], axis=0), m.const([0])])
width = m.node("Gather", [shape, m.const(2)], axis=0)
product = m.node("Unsqueeze", [m.node("Mul", [width, m.const(3)]), m.const([0])])
m.output("flattened_by_hand", "Reshape", [x, m.node("Concat", [batch, product], axis=0)])
m.output("batch_and_rest", "Reshape", [x, m.node("Concat", [batch, m.const([-1])], axis=0)])
m.output("shape", "Identity", [shape])
m.output("inner_extents", "Shape", [x], start=1, end=-1)
m.output("size", "Size", [x])
m.output("expanded", "Expand",
         [m.const(m.normal(1, 3, 1)), m.node("Concat", [batch, m.const([3, 2])], axis=0)])

m = Model("identity_and_dropout")
x = m.input("x", (3, 4))
m.output("identity", "Identity", [x])
m.output("dropout", "Dropout", [x])
m.several(["dropout_with_ratio", "mask"], "Dropout", [x, m.const(0.5, F32)])
m.output("dropout_not_training", "Dropout", [x, m.const(0.5, F32), m.const(np.array(False))])

m = Model("dropout_opset7", opset=9, ir=4)
x = m.input("x", (3, 4))
m.output("y", "Dropout", [x], ratio=0.3)

# ----------------------------------------------------------------------------- quantisation

m = Model("quantize_dequantize")
x = m.input("x", np.array([[-40, -0.25, 0.25, 0.75], [1.25, 10.0, 63.5, 99], [0, 1, 2, 3]], F32))
half, zero_u8 = m.const(0.5, F32), m.const(3, np.uint8)
m.output("uint8", "QuantizeLinear", [x, half, zero_u8])  # ties to even, saturates
m.output("uint8_by_default", "QuantizeLinear", [x, half])
m.output("int8", "QuantizeLinear", [x, half, m.const(-5, np.int8)])
scales, zeros = m.const([0.5, 0.25, 0.01], F32), m.const([1, -2, 0], np.int8)
rows = m.output("per_row", "QuantizeLinear", [x, scales, zeros], axis=0)
m.output("per_row_back", "DequantizeLinear", [rows, scales, zeros], axis=0)
m.output("per_last_axis_default", "DequantizeLinear",
         [m.const(np.array([[[1, 2], [3, 4], [-5, 6]]], np.int8)), scales, zeros])
m.output("int32_bias", "DequantizeLinear", [m.const([100, -7, 12345], np.int32), scales], axis=0)

m = Model("quantized_conv")
x = m.input("x", (1, 3, 5, 5))
scale_x, zero_x = m.const(0.03, F32), m.const(120, np.uint8)
weights = m.random.integers(-127, 128, (4, 3, 3, 3)).astype(np.int8)
scale_w, zero_w = m.const(np.array([0.01, 0.02, 0.005, 0.03], F32)), m.const([0] * 4, np.int8)
biases = m.random.integers(-2000, 2000, 4).astype(np.int32)
scale_b = m.const(F32(0.03) * np.array([0.01, 0.02, 0.005, 0.03], F32))
data = m.node("DequantizeLinear",
              [m.node("QuantizeLinear", [x, scale_x, zero_x]), scale_x, zero_x])
kernel = m.node("DequantizeLinear", [m.const(weights), scale_w, zero_w], axis=0)
bias = m.node("DequantizeLinear", [m.const(biases), scale_b], axis=0)
conv = m.node("Relu", [m.node("Conv", [data, kernel, bias], pads=[1, 1, 1, 1])])
scale_y, zero_y = m.const(0.1, F32), m.const(0, np.uint8)
quantized = m.node("QuantizeLinear", [conv, scale_y, zero_y])
m.output("y", "DequantizeLinear", [quantized, scale_y, zero_y])

# ---------------------------------------------------------------------------------- recurrent

m = Model("lstm")
x = m.input("x", (4, 2, 3))  # steps, batch, features
weights = [m.const(m.normal(1, 20, 3)), m.const(m.normal(1, 20, 5)), m.const(m.normal(1, 40))]
m.several(["all", "last_hidden", "last_cell"], "LSTM", [x, *weights], hidden_size=5)
state = [m.const(m.normal(2, 2, 2)), m.const(m.normal(2, 2, 2))]
weights = [m.const(m.normal(2, 8, 3)), m.const(m.normal(2, 8, 2))]
m.several(["both_directions"], "LSTM", [x, *weights, "", "", *state], hidden_size=2,
          direction="bidirectional")

m = Model("gru")
x = m.input("x", (4, 2, 3))
weights = [m.const(m.normal(1, 15, 3)), m.const(m.normal(1, 15, 5)), m.const(m.normal(1, 30))]
m.several(["pytorch_form", ""], "GRU", [x, *weights], hidden_size=5, linear_before_reset=1)
m.several(["", "onnx_default"], "GRU", [x, *weights], hidden_size=5)


# ------------------------------------------------------------------------------------ writing


def run(model, feeds):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    names = [o.name for o in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds)))


def differences(model, feeds, results):
    """Outputs on which the onnx package's reference evaluator disagrees, or that it cannot do."""
    for name, mine in results.items():
        alone = onnx.ModelProto()
        alone.CopyFrom(model)
        keep = [o for o in alone.graph.output if o.name == name]
        del alone.graph.output[:]
        alone.graph.output.extend(keep)
        needed, nodes = {name}, []
        for node in reversed(alone.graph.node):
            if needed & set(node.output):
                needed |= set(node.input)
                nodes.insert(0, node)
        del alone.graph.node[:]
        alone.graph.node.extend(nodes)
        try:
            (theirs,) = ReferenceEvaluator(alone).run(None, feeds)
        except Exception as error:
            yield name, f"the reference cannot run it: {type(error).__name__}: {str(error)[:70]}"
            continue
        theirs = np.asarray(theirs)
        if mine.shape != theirs.shape:
            yield name, f"shape {mine.shape}, the reference says {theirs.shape}"
        elif not np.allclose(np.float64(mine), np.float64(theirs), rtol=1e-4, atol=1e-5):
            yield name, "other values than the reference"


def main():
    for stale in [*HERE.glob("*.onnx"), *HERE.glob("*.npy")]:
        stale.unlink()
    unexplained = 0
    for m in MODELS:
        results = run(m.build(), m.feeds)
        model = m.build(results)
        onnx.checker.check_model(model, full_check=True)
        again = run(model, m.feeds)
        assert all(np.array_equal(again[n], v) for n, v in results.items())
        assert all(np.isfinite(np.float64(v)).all() for v in results.values()), m.name
        onnx.save(model, HERE / f"{m.name}.onnx")
        for kind, values in {"in": m.feeds, "out": results}.items():
            for name, value in values.items():
                np.save(HERE / f"{m.name}.{kind}.{name}.npy", value)
        for name, difference in differences(model, m.feeds, results):
            if (m.name, name) not in CHECKED_BY_HAND:
                print(f"{m.name}, {name}: {difference}")
                unexplained += 1
    print(f"{len(MODELS)} models, {sum(len(m.outputs) for m in MODELS)} outputs")
    return unexplained > 0


if __name__ == "__main__":
    sys.exit(main())
