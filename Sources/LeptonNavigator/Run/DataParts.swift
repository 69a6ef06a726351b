public import LeptonData
import LeptonValues

/// The data of a run in parts without a common example: for training, for choosing, for calibrating, for the final figure.
public struct DataParts: Sendable {
  public var train: Dataset
  public var validation: Dataset
  /// For the ranges of quantisation.
  public var calibration: Dataset
  public var test: Dataset
  /// What the columns of a table mean; nil for images.
  public var schema: TableSchema?
  /// Which data, for reports.
  public var name: String
  /// What was decided on the way, a sentence each.
  public var notes: [String]
  /// Files that were passed over, and why.
  public var skipped: [DataBundle.Skipped]

  /// Opens and divides the data of a recipe. Parts that the source brings are kept; the others are split off its training
  /// part, stratified by class.
  ///
  /// - Throws: as `DataSource.open` and `Dataset.split`.
  public init(_ plan: Recipe.DataPlan) throws {
    let bundle = try DataSource.open(plan.spec, options: plan.options)
    var notes = bundle.notes
    skipped = bundle.skipped
    if !bundle.skipped.isEmpty, bundle.schema == nil {
      notes.append("\(bundle.skipped.count) files could not be read and were passed over")
    }
    var rest = bundle.train
    if let limit = plan.limit, limit < rest.count {
      notes.append("\(limit) of \(rest.count) training examples are used, as the recipe says")
      rest = try rest.split([Double(limit) / Double(rest.count)], seed: plan.seed)[0]
    }
    if let test = bundle.test {
      self.test = test
    } else {
      let parts = try rest.split([1 - plan.test, plan.test], seed: plan.seed)
      (rest, self.test) = (parts[0], parts[1])
      notes.append("the source brings no test part: \(percent(plan.test)) were split off")
    }
    let isValidationGiven = bundle.validation != nil
    let fractions =
      isValidationGiven
      ? [1 - plan.calibration, plan.calibration]
      : [1 - plan.calibration - plan.validation, plan.calibration, plan.validation]
    let parts = try rest.split(fractions, seed: plan.seed &+ 1)
    (train, calibration) = (parts[0], parts[1])
    validation = bundle.validation ?? parts[2]
    let shared = ExactDuplicates(of: test, in: train).pairs.count
    if shared > 0 {
      notes.append(
        "\(shared) of \(test.count) test examples are to the model the same as one of the training part; "
          + "lepton data inspect shows which")
    }
    name = bundle.name
    schema = bundle.schema
    self.notes = notes
  }

  /// `train 11900, validation 1400, calibration 700, test 3000`
  public var summary: String {
    "train \(train.count), validation \(validation.count), calibration \(calibration.count), "
      + "test \(test.count)"
  }
}
