package import Foundation
import LeptonValues

/// What one measurement of a model, or of its training, found out, as a page.
package struct ProfilePage {
  private let title: String
  private let what: String
  private let figures: [(name: String, value: String)]
  private let section: ProfileSection

  /// - Parameters:
  ///   - what: `inference`, `training step`.
  ///   - figures: what stands above the picture.
  package init(
    _ profile: RunProfile, _ algorithms: AlgorithmReport, of title: String, what: String,
    figures: [(name: String, value: String)]
  ) {
    self.title = title
    self.what = what
    self.figures = figures
    section = ProfileSection(profile: profile, algorithms: algorithms, name: title)
  }

  package var html: String {
    var page = HTML(
      title: title, subtitle: "\(what), measured by Lepton on \(section.algorithms.processor)")
    page.body = HTML.tiles(figures.map { ($0.name, $0.value, "") })
    page.section("Where the time goes", section.html)
    return page.text
  }

  package func write(to file: URL) throws { try html.writePage(to: file) }
}

extension String {
  /// Writes a page, all or nothing.
  func writePage(to file: URL) throws {
    try DurableFile.write(Data(utf8), to: file.path)
  }
}
