import Foundation
import LeptonValues

extension TableSchema {
  /// Under what the preprocessing facts of a model keep its schema.
  public static let factsKey = "schema"

  /// The schema as JSON, the same text for the same schema; what the facts of a model keep.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      preconditionFailure("a schema is not encodable: \(error)")
    }
  }

  /// The schema that `json` states.
  ///
  /// - Parameter place: what errors call the text.
  /// - Throws: `LeptonError` of kind `badInput`.
  public init(json: String, at place: String) throws {
    do {
      self = try JSONDecoder().decode(TableSchema.self, from: Data(json.utf8))
    } catch {
      throw LeptonError(
        .badInput, "the schema of the table is not what Lepton writes", at: place,
        fix: "save the model again")
    }
  }
}
