import LeptonNavigator
import LeptonValues
import Testing

@Suite("Prices")
struct PriceTableTests {
  @Test("Built-in prices are whole, and the default one is among them")
  func builtIn() throws {
    let table = try PriceTable.builtIn()
    for price in table.prices {
      #expect(price.dollarsPerHour > 0)
      #expect(price.vCPU > 0)
      #expect(price.source.hasPrefix("https://"))
    }
    #expect(Set(table.prices.map(\.id)).count == table.prices.count)
    let price = try table.price(PriceTable.defaultKey)
    #expect(price.dollarsPerHour == 0.08925)
  }

  @Test("A million predictions at 100 a second take 10000 seconds")
  func costs() throws {
    let price = try PriceTable.builtIn().price("aws.g5.xlarge")
    #expect(abs(price.costPerMillion(throughput: 100) - 1.006 * 10_000 / 3600) < 1e-9)
    #expect(price.costPerMillion(throughput: 0) == .infinity)
  }

  @Test("A key that does not exist is refused with the nearest one")
  func suggests() throws {
    let error = try #require(throws: LeptonError.self) {
      try PriceTable.builtIn().price("aws.c7i.larg")
    }
    #expect(error.fix.contains("aws.c7i.large"))
  }

  @Test("A price without a source is refused with its line")
  func needsSource() throws {
    let error = try #require(throws: LeptonError.self) {
      try PriceTable(
        yaml: "# own\nmine: {provider: me, region: here, kind: box, usd_per_hour: 1}",
        file: "prices.yml")
    }
    #expect("\(error)".contains("prices.yml:2"))
    #expect(error.what.contains("source"))
  }
}
