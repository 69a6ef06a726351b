import LeptonGraph
import LeptonNavigator

/// What the operations of a graph take, by kind, the dearest first.
struct CostTable: Encodable {
  struct Row: Encodable {
    let op: String
    var count: Int
    var flops: Int
    /// Read and written.
    var bytes: Int
  }

  let rows: [Row]

  init(_ graph: Graph) {
    var byName: [String: Row] = [:]
    for node in graph.nodes {
      let cost = graph.cost(of: node)
      var row = byName[node.op.name] ?? Row(op: node.op.name, count: 0, flops: 0, bytes: 0)
      row.count += 1
      row.flops += cost.flops
      row.bytes += cost.bytesRead + cost.bytesWritten
      byName[node.op.name] = row
    }
    rows = byName.values.sorted { ($0.flops, $0.bytes, $1.op) > ($1.flops, $1.bytes, $0.op) }
  }

  func encode(to encoder: any Encoder) throws { try rows.encode(to: encoder) }

  var text: String {
    var table = Table([
      ("operation", .left), ("count", .right), ("arithmetic", .right), ("traffic", .right),
    ])
    func add(_ row: Row) {
      table.add([
        row.op, "\(row.count)", row.flops > 0 ? Figures.flops(row.flops) : "-",
        Figures.bytes(row.bytes),
      ])
    }
    rows.forEach(add)
    add(
      rows.reduce(into: Row(op: "all", count: 0, flops: 0, bytes: 0)) { total, row in
        total.count += row.count
        total.flops += row.flops
        total.bytes += row.bytes
      })
    return table.text()
  }
}
