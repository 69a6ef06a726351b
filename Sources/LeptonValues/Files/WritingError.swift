internal import Foundation

extension LeptonError {
  /// Runs `body`, which changes files at `place`; what the system has against it becomes an error of kind `io`.
  ///
  /// - Parameter what: the thing and its fate: `"the folder cannot be made"`.
  package static func whenWriting<Result>(
    _ place: String, _ what: String = "it cannot be written", _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as LeptonError {
      throw error
    } catch {
      throw LeptonError(
        .io, "\(what): \(error.localizedDescription)", at: place,
        fix: "check the folder, its permissions and the space left")
    }
  }
}
