import Foundation
import LeptonValues

/// One line that says how far training is: `epoch 3/10 ━━━━━━━╸── 412/469 · 11.8 it/s · ETA 0:05 ·
/// loss 0.213 · acc 0.941 · lr 3.0e-4 · 1.9 GB`.
public enum ProgressLine {
  /// The line of a moment.
  ///
  /// - Parameters:
  ///   - memory: resident bytes, left out where nil.
  ///   - hasBar: a bar of box characters, for terminals.
  ///   - columns: no wider than this: the bar shrinks, then what matters least is left out.
  public static func text(
    _ progress: TrainingProgress, memory: Int? = nil, hasBar: Bool = false, columns: Int = .max
  ) -> String {
    if case .epochDone(let record) = progress.phase {
      return text(record, of: progress.epochs, memory: memory, columns: columns)
    }
    // In the order of reading, each with its place in the order of leaving out.
    var parts = [
      (3, String(format: "%.1f it/s", progress.stepsPerSecond)),
      (4, "ETA \(duration(progress.secondsLeft))"),
    ]
    if progress.phase == .training {
      parts.append((6, String(format: "loss %.3f", progress.loss)))
      if let accuracy = progress.accuracy {
        parts.append((5, String(format: "acc %.3f", accuracy)))
      }
      parts.append((2, "lr \(rate(progress.learningRate))"))
    }
    if let memory { parts.append((1, bytes(memory))) }
    func line(bar width: Int) -> String {
      ([head(progress, bar: width)] + parts.map(\.1)).joined(separator: " · ")
    }
    var width = hasBar ? 20 : 0
    while line(bar: width).count > columns {
      if width > 0 {
        width -= 5
      } else if let least = parts.indices.min(by: { parts[$0].0 < parts[$1].0 }) {
        parts.remove(at: least)
      } else {
        break
      }
    }
    return String(line(bar: width).prefix(columns))
  }

  /// `epoch 3/10 ━━━━━━━╸── 412/469`
  private static func head(_ progress: TrainingProgress, bar width: Int) -> String {
    let verb = progress.phase == .validating ? "validate" : "epoch"
    let bar = width > 0 ? " " + bar(progress.step, of: progress.steps, width: width) : ""
    return "\(verb) \(progress.epoch)/\(progress.epochs)\(bar) \(progress.step)/\(progress.steps)"
  }

  /// The line of an epoch that is over, which stays. What does not fit into `columns` is left out.
  public static func text(
    _ record: EpochRecord, of epochs: Int, memory: Int? = nil, columns: Int = .max
  ) -> String {
    func figures(_ name: String, _ loss: Double, _ accuracy: Double?) -> String {
      String(format: "\(name) loss %.4f", loss)
        + (accuracy.map { String(format: " acc %.4f", $0) } ?? "")
    }
    var line = "epoch \(record.epoch)/\(epochs) · "
    line += figures("train", record.trainLoss, record.trainAccuracy)
    var parts: [String] = []
    if let loss = record.validationLoss {
      parts.append(figures("val", loss, record.validationAccuracy))
    }
    parts.append(duration(record.seconds))
    parts.append(String(format: "%.0f samples/s", record.samplesPerSecond))
    parts.append("lr \(rate(record.learningRate))")
    if let memory { parts.append(bytes(memory)) }
    for part in parts where line.count + 3 + part.count <= columns { line += " · \(part)" }
    return line
  }

  /// `━━━━╸─────`: `width` characters, in halves.
  package static func bar(_ done: Int, of all: Int, width: Int = 20) -> String {
    let halves = all > 0 ? min(2 * width, 2 * width * done / all) : 0
    let full = halves / 2
    let half = halves % 2
    return String(repeating: "━", count: full) + (half == 1 ? "╸" : "")
      + String(repeating: "─", count: width - full - half)
  }

  /// `0:05`, `12:30`, `1:02:03`.
  package static func duration(_ seconds: Double) -> String {
    let whole = seconds.isFinite ? Int(seconds.rounded()) : 0
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, rest)
      : String(format: "%d:%02d", minutes, rest)
  }

  /// `3.0e-4`
  package static func rate(_ value: Double) -> String {
    guard value > 0 else { return "0" }
    let exponent = Int(log10(value).rounded(.down))
    let mantissa = String(format: "%.1f", value / pow(10, Double(exponent)))
    return mantissa == "10.0" ? "1.0e\(exponent + 1)" : "\(mantissa)e\(exponent)"
  }

  /// `1.9 GB`, `340 MB`: powers of ten.
  package static func bytes(_ count: Int) -> String {
    count >= 1_000_000_000
      ? String(format: "%.1f GB", Double(count) / 1e9) : "\(count / 1_000_000) MB"
  }
}
