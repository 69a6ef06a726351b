import LeptonTraining

/// A run's report as a page to show: the choice, the candidates, how good, how quick, how dear, how it was made.
struct ReportPage {
  let report: RunReport
  /// Of the chosen model, or of the model as trained where none was chosen.
  let inference: RunProfile
  let training: RunProfile

  var html: String {
    var page = HTML(
      title: report.name,
      subtitle: "\(report.training.architecture) on \(report.data.spec) · "
        + "\(report.environment.processor), \(report.environment.cores) cores · "
        + report.environment.day)
    page.body = ChoiceSection(report: report).html
    page.section("Candidates", CandidatesSection(report: report).html)
    page.section("Training", trained)
    let subject = report.algorithms.model
    if let looked = report.candidates.first(where: { $0.name == subject }) {
      page.section(
        "Quality of \(subject)",
        QualitySection(report: looked.test, confused: report.confused, part: "the test part").html)
    }
    page.section("Layers", LayerSection(layers: report.layers).html)
    page.section(
      "Where the time of \(subject) goes",
      ProfileSection(
        profile: inference, algorithms: report.algorithms.inference, name: subject
      ).html)
    page.section(
      "Where the time of a training step goes",
      ProfileSection(
        profile: training, algorithms: report.algorithms.training,
        name: report.training.architecture
      ).html)
    page.section(
      "What it costs elsewhere",
      CostSection(
        hardware: report.hardware, costs: report.costs, name: subject,
        energy: (report.chosen ?? report.baseline).energy
      ).html)
    page.section("Data", DataSummary(data: report.data, notes: report.notes).html)
    page.section("How to make it again", ReproductionSection(report: report).html)
    return page.text
  }

  private var trained: String {
    let training = report.training
    let rate = Figures.count(Int(training.samplesPerSecond))
    return HTML.paragraph(
      "\(training.epochs) \(training.epochs == 1 ? "epoch" : "epochs") of "
        + "\(training.architecture) in \(ProgressLine.duration(training.seconds)), \(rate) examples a "
        + "second; \(training.ending).")
      + LearningCurves(history: training.history, best: training.best).html
  }
}
