import LeptonGraph
import LeptonOps

/// How one operation becomes steps of the CPU back end.
///
/// `lower` answers false, before it has added a step, where its kernel cannot take these types and shapes; the
/// operation then runs by its reference kernel.
protocol Kernel: SendableMetatype {
  associatedtype Operation: Op
  /// Whether this processor has it.
  static var isAvailable: Bool { get }
  static func lower(_ op: Operation, _ node: Node, _ plan: PlanBuilder) throws -> Bool
}

extension Kernel {
  static var isAvailable: Bool { true }
}

/// The operations that the CPU has kernels for. Elementwise operations need none: their scalar programs run as they are.
struct KernelTable: Sendable {
  static let cpu = KernelTable([
    ConstantKernel.self, CastKernel.self, ElementwiseKernel.self,
    ReduceKernel.self, ArgMaxKernel.self, ArgMinKernel.self,
    ReshapeKernel.self, TransposeKernel.self, BroadcastKernel.self, SliceKernel.self,
    SliceGradientKernel.self, PadKernel.self,
    ConcatKernel.self, GatherKernel.self, ScatterAddKernel.self, GatherNDKernel.self,
    ScatterNDKernel.self, RandomUniformKernel.self,
    Conv2DKernel.self, FusedConv2DKernel.self, Conv2DInputGradientKernel.self,
    Conv2DWeightGradientKernel.self, FusedConv2DWeightGradientKernel.self,
    MatMulKernel.self, FusedMatMulKernel.self, FusedDenseWeightGradientKernel.self,
    MaxPoolKernel.self, MaxPoolGradientKernel.self, AveragePoolKernel.self,
    AveragePoolGradientKernel.self,
    BatchNormTrainingKernel.self, BatchNormGradientKernel.self,
    FusedBatchNormKernel.self, FusedBatchNormGradientKernel.self,
    LayerNormKernel.self, LayerNormGradientKernel.self, SoftmaxKernel.self, LogSoftmaxKernel.self,
    CrossEntropyKernel.self, CrossEntropyGradientKernel.self,
    LSTMRecurrenceKernel.self, QuantizedLSTMRecurrenceKernel.self,
    LSTMRecurrenceGradientKernel.self,
    GRURecurrenceKernel.self, GRURecurrenceGradientKernel.self,
    UpdateKernel<SGDUpdate>.self, UpdateKernel<AdamUpdate>.self, RowUpdateKernel<SGDUpdate>.self,
    RowUpdateKernel<AdamUpdate>.self,
    AttentionKernel.self, QuantizedConv2DKernel.self, QuantizedDenseKernel.self,
  ])

  typealias Lowering = @Sendable (any Op, Node, PlanBuilder) throws -> Bool
  private let lowerings: [ObjectIdentifier: Lowering]

  private init(_ kernels: [any Kernel.Type]) {
    lowerings = Dictionary(
      uniqueKeysWithValues: kernels.filter { $0.isAvailable }.map { Self.entry($0) })
  }

  private static func entry<K: Kernel>(_ kernel: K.Type) -> (ObjectIdentifier, Lowering) {
    (
      ObjectIdentifier(K.Operation.self),
      { op, node, plan in
        guard let op = op as? K.Operation else { return false }
        return try K.lower(op, node, plan)
      }
    )
  }

  subscript(op: any Op) -> Lowering? { lowerings[ObjectIdentifier(Swift.type(of: op))] }

  /// Whether a composite should reach the back end whole.
  func claims(_ op: any Op) -> Bool { self[op] != nil || op is any ElementwiseOp }
}
