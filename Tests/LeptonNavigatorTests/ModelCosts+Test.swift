import LeptonNavigator

extension ModelCosts {
  /// Made-up costs: latencies in milliseconds, dollars for a million predictions, bytes of the file.
  static func made(latency: Double, cost: Double, bytes: Int) -> ModelCosts {
    let speed = SpeedFigures(
      latency: SpeedFigures.Latency(p50: latency, p95: 2 * latency), runs: 200, batch32: 1,
      throughput: 1 / cost, bestBatch: 32, workingBytes: 0)
    let price = Price(
      id: "a.b", provider: "a", region: "here", kind: "b", vCPU: 2, memory: 4, dollarsPerHour: 1,
      source: "", asOf: "2026-01")
    return ModelCosts(
      speed: speed, bytes: bytes, parameters: 1, flops: 1,
      memory: MemoryFigure(bytes: 2_000_000, source: "test"), costPerMillion: cost,
      energy: EnergyFigure(speed, on: price))
  }
}
