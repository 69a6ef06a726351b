import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// `[N, b·b·C, H, W]` to `[N, C, b·H, b·W]`, as PixelShuffle (`CRD`) or with the block outermost.
  static let readDepthToSpace: ONNXReader = { node, context in
    let (x, shape, block) = try blocks(node, context)
    let depth = shape[1] / (block * block)
    guard depth * block * block == shape[1] else {
      throw node.error("\(shape[1]) channels are no multiple of \(block) times \(block)")
    }
    let isPixelShuffle = node.string("mode", default: "DCR") == "CRD"
    let split = isPixelShuffle ? [0, depth, block, block] : [0, block, block, depth]
    let order = isPixelShuffle ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]
    let parts = try context.builder.add(one: Reshape(split + [shape[2], shape[3]]), x)
    let moved = try context.builder.add(one: Transpose(order), parts)
    return try context.builder.add(
      Reshape([0, depth, shape[2] * block, shape[3] * block]), [moved])
  }

  /// `[N, C, H, W]` to `[N, b·b·C, H/b, W/b]`, the block outermost, or innermost (`CRD`).
  static let readSpaceToDepth: ONNXReader = { node, context in
    let (x, shape, block) = try blocks(node, context)
    let (height, width) = (shape[2] / block, shape[3] / block)
    guard height * block == shape[2], width * block == shape[3] else {
      throw node.error("\(shape[2]) x \(shape[3]) is not divided by blocks of \(block)")
    }
    let parts = try context.builder.add(
      one: Reshape([0, shape[1], height, block, width, block]), x)
    let isPixelUnshuffle = node.string("mode", default: "DCR") == "CRD"
    let order = isPixelUnshuffle ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]
    let moved = try context.builder.add(one: Transpose(order), parts)
    return try context.builder.add(
      Reshape([0, shape[1] * block * block, height, width]), [moved])
  }

  private static func blocks(
    _ node: ONNXNode, _ context: ONNXReadContext
  ) throws -> (Value, Shape, Int) {
    let x = try node.input(0)
    let shape = context.builder.shape(of: x)
    let block = node.int("blocksize", default: 0)
    guard shape.rank == 4, 1...1024 ~= block else {
      throw node.error("blocks of \(block) in \(shape)", fix: "give [N, C, H, W] and a block size")
    }
    return (x, shape, block)
  }
}
