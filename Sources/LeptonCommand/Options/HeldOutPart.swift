import LeptonData
import LeptonGraph
import LeptonServing

/// The examples that a saved model is measured on.
struct HeldOutPart {
  /// `test`, `validation`, or `only` where the data come in one part.
  let name: String
  let examples: Dataset
  /// Other examples to choose thresholds by; nil where there are none.
  let choosing: Dataset?

  /// Opens data as the model takes them: the test part, or what else there is.
  init(of spec: String, for model: Model) throws {
    let input = try ModelInput(model)
    let bundle = try DataSource.open(spec, options: input.dataOptions)
    if let test = bundle.test {
      (name, examples, choosing) = ("test", test, bundle.validation)
    } else if let validation = bundle.validation {
      (name, examples, choosing) = ("validation", validation, nil)
    } else {
      (name, examples, choosing) = ("only", bundle.train, nil)
    }
    try input.check(examples)
  }
}
