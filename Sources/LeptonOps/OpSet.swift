public import LeptonGraph

/// Every operation there is. A new one is a new file and a line here.
public enum OpSet {
  public static let all: [any Op.Type] = [
    // Elementwise
    Neg.self, Abs.self, Sign.self, Exp.self, Log.self, Log1p.self, Sqrt.self, Rsqrt.self,
    Reciprocal.self, Erf.self, Sin.self, Cos.self, Tan.self, Asin.self,
    Acos.self, Atan.self, Sinh.self, Cosh.self, Asinh.self, Acosh.self, Atanh.self, Floor.self,
    Ceil.self, Round.self, Not.self,
    Add.self, Subtract.self, Multiply.self, Divide.self, Power.self, Maximum.self, Minimum.self,
    Remainder.self, Modulo.self,
    Equal.self, NotEqual.self, Less.self, LessOrEqual.self, Greater.self, GreaterOrEqual.self,
    And.self, Or.self,
    BitwiseAnd.self, BitwiseOr.self, BitwiseXor.self, BitwiseNot.self, BitShift.self, BitCast.self,
    Select.self, Cast.self,
    Relu.self, ReluGradient.self, Sigmoid.self, Tanh.self,
    Gelu.self, GeluGradient.self, Silu.self, SiluGradient.self, LeakyRelu.self, Clip.self,
    HardSigmoid.self, HardSwish.self, Elu.self, BinaryCrossEntropy.self,
    Softplus.self,

    // Reduction
    Reduce.self, ArgMax.self, ArgMin.self, CumulativeSum.self,

    // Movement
    Constant.self, ShapeOf.self, Reshape.self, ReshapeLike.self, Transpose.self,
    BroadcastTo.self, BroadcastLike.self, Slice.self, SliceGradient.self, Pad.self, Concat.self,

    // Indexing
    Gather.self, ScatterAdd.self, OneHot.self, Positions.self, GatherND.self, ScatterND.self,
    TopK.self,

    // Random
    RandomUniform.self, Dropout.self,

    // Linear
    MatMul.self, Determinant.self, Conv2D.self, Conv2DInputGradient.self, Conv2DWeightGradient.self,

    // Recurrence
    LSTM.self, LSTMRecurrence.self, LSTMRecurrenceGradient.self,
    GRU.self, GRURecurrence.self, GRURecurrenceGradient.self,

    // Pooling
    MaxPool2D.self, MaxPool2DGradient.self, AveragePool2D.self, AveragePool2DGradient.self,

    // Normalization
    Softmax.self, SoftmaxGradient.self, LogSoftmax.self, LogSoftmaxGradient.self,
    BatchNorm.self, BatchNormTraining.self, BatchNormGradient.self, RunningStatistics.self,
    LayerNorm.self, LayerNormGradient.self,

    // Loss
    CrossEntropy.self, CrossEntropyGradient.self,

    // Quantization
    Quantize.self, Dequantize.self,

    // Resize
    Resize2D.self, Resize2DLike.self, Resize2DGradient.self,

    // Optimizer
    SGDUpdate.self, AdamUpdate.self, RowUpdate<SGDUpdate>.self, RowUpdate<AdamUpdate>.self,

    // Fused: what the compiler makes of the others
    FusedElementwise.self, FusedConv2D.self, FusedMatMul.self, FusedConv2DWeightGradient.self,
    FusedDenseWeightGradient.self, FusedBatchNorm.self, FusedBatchNormGradient.self,
    FusedAttention.self, QuantizedConv2D.self, QuantizedDense.self,
    QuantizedLSTMRecurrence.self,
  ]

  public static let registry = OpRegistry(all)
}

extension Graph {
  /// Reads the textual form of a graph of these operations.
  public init(parsing text: String) throws { try self.init(parsing: text, OpSet.registry) }
}
