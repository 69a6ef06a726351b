import ArgumentParser
import Foundation
import LeptonNavigator
import LeptonValues

/// `lepton run`: the whole loop of a recipe.
struct RunRecipe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Train, compress, measure and choose, as a recipe says.",
    discussion: "lepton run Recipes/digits.yml --set training.epochs=2")

  @OptionGroup var recipe: RecipeOptions
  @OptionGroup var reporting: Reporting

  func run() throws {
    Interrupts.install(reporting)
    var run = Run(try recipe.read(), output: recipe.folder)
    run.resumes = recipe.resume != nil
    run.cancellation = Interrupts.cancellation
    if recipe.fastDevRun { run.speed.seconds = 0.02 }
    run.memory = ThisProgram.url.map { MemoryProbe(executable: $0) }
    run.version = Version.current
    let log = ProgressLog(reporting)
    let report: RunReport
    do {
      report = try run.execute(log.event)
    } catch {
      log.finish()
      throw recipe.explained(error, command: "run")
    }
    reporting.show(RunAnswer(report: report))
    if !recipe.fastDevRun { try report.requireChoice() }
  }
}

/// What a run came to, with the keys of its report.
private struct RunAnswer: Answer {
  let report: RunReport

  func encode(to encoder: any Encoder) throws { try report.encode(to: encoder) }

  var text: String {
    let table = CandidateTable(report.candidates, chosen: report.chosen?.name).text
    let notes = report.notes.map { Prose.wrapped("note: \($0)") }.joined()
    guard let artifact = report.artifact else {
      return "\(table)\n\(notes)report  \(report.report)\npage    \(report.page)\n"
    }
    return """

      \(table)
      \(notes)model   \(artifact)
      report  \(report.report)
      page    \(report.page)
      next    lepton predict \(artifact) FILE...

      """
  }
}
