import LeptonGraph
import LeptonOps
import LeptonValues

extension Graph {
  /// Half precision computed in single precision, with single-precision parameters and state. Data inputs and outputs keep
  /// their types; what is rounded to half on the way stays as it was before.
  func computingHalfInSingle() throws -> Graph {
    guard types.contains(where: { $0.dtype == .f16 }) else { return self }
    let residents = residents.filter { type(of: $0.value).dtype == .f16 }
    let widened = residents.map { ($0.name, type(of: $0.value).with(dtype: .f32)) }
    var singles: [Value: Value] = [:]
    let graph = try rewritten(inputTypes: Dictionary(uniqueKeysWithValues: widened)) {
      node, operands, b in
      func single(_ value: Value, _ b: inout GraphBuilder) throws -> Value {
        guard b.dtype(of: value) == .f16 else { return value }
        if let known = singles[value] { return known }
        let wide = try b.add(one: Cast(to: .f32), value)
        singles[value] = wide
        return wide
      }
      if let constant = node.op as? Constant, constant.value.dtype == .f16 {
        return [try b.constant(constant.value.converted(to: .f32))]
      }
      if var cast = node.op as? Cast {
        let x = try single(operands[0], &b)
        if cast.to == .f16 { cast = Cast(to: .f32) }
        return b.dtype(of: x) == cast.to ? [x] : try b.add(cast, [x])
      }
      if node.op is BitCast, type(of: node.operand).dtype == .f16, b.dtype(of: operands[0]) != .f16
      {
        return try b.add(node.op, [b.add(one: Cast(to: .f16), operands[0])])
      }
      guard !(node.op is BitCast), operands.contains(where: { b.dtype(of: $0) == .f16 }) else {
        return nil
      }
      return try b.add(node.op, operands.map { try single($0, &b) })
    }
    return try graph.withOutputs(ofTypes: dataOutputs.map { type(of: $0.value).dtype })
  }

  private func withOutputs(ofTypes dtypes: [DType]) throws -> Graph {
    var b = GraphBuilder(continuing: self)
    b.removeOutputs()
    for (port, dtype) in zip(outputs, dtypes) {
      b.scope = port.name
      let value =
        b.dtype(of: port.value) == dtype
        ? port.value : try b.add(one: Cast(to: dtype), port.value)
      b.output(port.name, value, role: port.role)
    }
    return b.graph
  }
}
