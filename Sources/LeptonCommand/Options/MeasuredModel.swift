public import ArgumentParser
import LeptonData
import LeptonGraph
public import LeptonNavigator
import LeptonRuntime
import LeptonServing
import LeptonValues

/// A saved model, the data that it is measured on, and what counts.
struct MeasuredModel: ParsableArguments {
  @OptionGroup var file: ModelFile
  @Option(help: "A path, kind:path, or the name of embedded data.")
  var data: String
  @Option(help: "What to prefer.")
  var policy = Policy.balanced
  @Option(help: "What predictions are costed for.")
  var hardware = PriceTable.defaultKey
  @Option(help: "Cores to measure on; as many as bring something by default.")
  var threads: Int?

  /// The model, and the data in parts.
  func read() throws -> (Model, DataParts) {
    let model = try file.read(batch: 1)
    let input = try ModelInput(model)
    let parts = try DataParts(Recipe.DataPlan(spec: data, options: input.dataOptions))
    try input.check(parts.test)
    return (model, parts)
  }

  func price() throws -> Price { try PriceTable.builtIn().price(hardware) }

  var speed: SpeedTest {
    SpeedTest(
      options: CompileOptions(threads: threads, algorithms: KnownAlgorithms.measured.choice))
  }
}

extension Policy: ExpressibleByArgument {}
