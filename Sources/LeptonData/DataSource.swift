import Foundation
import LeptonValues

/// Opens data by path or by name.
public enum DataSource {
  /// The names of the embedded data sets.
  public static let embeddedNames = ["digits"]

  public static func open(_ spec: String) throws -> DataBundle {
    if spec == "digits" { return try Digits.bundle() }
    return try IDXFolder.open(spec, name: spec)
  }
}
