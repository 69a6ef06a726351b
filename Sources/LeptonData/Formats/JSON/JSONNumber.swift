import Foundation

extension JSONScanner {
  /// A number of JSON, rounded to the nearest double.
  ///
  /// - Throws: where it is no number, or larger than a double can be.
  package mutating func number() throws -> Double {
    let digits = try decimal()
    if let value = digits.quick { return value }
    let value = strtod(text(of: digits), nil)
    guard value.isFinite else {
      throw Fault(what: "the number is too large", byte: digits.start)
    }
    return value
  }

  /// A number of JSON, rounded to the nearest float, once.
  package mutating func float() throws -> Float {
    let digits = try decimal()
    // A double that lies half way between two floats may itself have been rounded there.
    if let value = digits.quick, value.bitPattern & 0x1FFF_FFFF != 0x1000_0000,
      value == 0 || abs(value) >= 0x1p-126
    {
      let float = Float(value)
      if float.isFinite { return float }
    }
    let value = strtof(text(of: digits), nil)
    guard value.isFinite else {
      throw Fault(what: "the number does not fit FP32", byte: digits.start)
    }
    return value
  }

  /// The number as it is written: `mantissa` times ten to the power of `exponent`, where that many digits fit.
  struct Decimal {
    var start = 0
    var end = 0
    var mantissa: UInt64 = 0
    var exponent = 0
    var isNegative = false
    var isExact = true

    /// Exact wherever mantissa and power of ten are: then there is one rounding (Clinger's fast path).
    var quick: Double? {
      guard isExact, mantissa <= 1 << 53, (-22...22).contains(exponent) else { return nil }
      var value = Double(mantissa)
      if exponent < 0 {
        value /= Self.powers[-exponent]
      } else if exponent > 0 {
        value *= Self.powers[exponent]
      }
      return isNegative ? -value : value
    }

    private static let powers: [Double] = [
      1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
      1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
  }

  private mutating func decimal() throws -> Decimal {
    skipSpace()
    var number = Decimal()
    number.start = place
    var at = place
    if byte(at: at) == UInt8(ascii: "-") {
      number.isNegative = true
      at += 1
    }
    let whole = at
    readDigits(&at, &number, shift: 0)
    if at == whole { throw Fault(what: "expected a number", byte: number.start) }
    if at - whole > 1, bytes[whole] == UInt8(ascii: "0") {
      throw Fault(what: "a number starts with a zero", byte: number.start)
    }
    if byte(at: at) == UInt8(ascii: ".") {
      at += 1
      let fraction = at
      readDigits(&at, &number, shift: -1)
      if at == fraction { throw Fault(what: "digits must follow a decimal point", byte: at) }
    }
    if let byte = byte(at: at), byte | 0x20 == UInt8(ascii: "e") {
      at += 1
      try readExponent(&at, &number)
    }
    number.end = at
    move(to: at)
    return number
  }

  @inline(__always)
  private func readDigits(_ at: inout Int, _ number: inout Decimal, shift: Int) {
    while let byte = byte(at: at), case let digit = byte &- UInt8(ascii: "0"), digit < 10 {
      if number.mantissa < 100_000_000_000_000_000 {
        number.mantissa = number.mantissa &* 10 &+ UInt64(digit)
        number.exponent += shift
      } else {
        number.isExact = false
      }
      at += 1
    }
  }

  private func readExponent(_ at: inout Int, _ number: inout Decimal) throws {
    var isNegative = false
    if let sign = byte(at: at), sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      isNegative = sign == UInt8(ascii: "-")
      at += 1
    }
    let first = at
    var exponent = 0
    while let byte = byte(at: at), case let digit = byte &- UInt8(ascii: "0"), digit < 10 {
      exponent = min(exponent * 10 + Int(digit), 100_000)
      at += 1
    }
    if at == first { throw Fault(what: "digits must follow an exponent", byte: at) }
    number.exponent += isNegative ? -exponent : exponent
  }

  private func text(of number: Decimal) -> String {
    String(decoding: bytes[number.start..<number.end], as: UTF8.self)
  }
}
