import LeptonValues

/// Reads a pickle as data. The machine of Python's `pickle` calls whatever a file names; this one knows tensors, containers,
/// numbers and text, and refuses everything else with its name, opcode and place. It calls nothing.
///
/// Source: the opcodes' descriptions in Python's `pickletools`, protocols 0 to 5.
struct PickleMachine {
  let bytes: [UInt8]
  private let name: String
  private(set) var place = 0
  /// Where the opcode stands that is being read.
  private var opcodePlace = 0
  private var stack: [PickleValue] = []
  /// How high the stack was at each mark.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  /// Every container, so that those that hold themselves can be taken apart.
  private var lists: [PickleList] = []
  private var dictionaries: [PickleDictionary] = []

  private init(_ bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
  }

  /// Calls `body` with the value of a pickle; containers live as long as that.
  static func withValue<Result>(
    _ bytes: [UInt8], name: String, _ body: (PickleValue) throws -> Result
  ) throws -> Result {
    var machine = PickleMachine(bytes, name: name)
    defer { machine.takeApart() }
    return try body(machine.run())
  }

  private mutating func takeApart() {
    for list in lists { list.items = [] }
    for dictionary in dictionaries { dictionary.pairs = [] }
  }

  private mutating func run() throws -> PickleValue {
    while true {
      opcodePlace = place
      let code = try byte()
      guard let opcode = PickleOpcode(rawValue: code) else {
        throw error(
          "opcode 0x\(String(code, radix: 16)) is none that tensors are saved with",
          fix: Self.saveTensors)
      }
      if opcode == .stop { return try pop() }
      try run(opcode)
    }
  }

  static let saveTensors = "save only the tensors: torch.save(model.state_dict(), path)"

  private mutating func run(_ opcode: PickleOpcode) throws {
    switch opcode {
    case .stop: break
    case .proto:
      let version = try byte()
      guard version <= 5 else {
        throw error("protocol \(version) is unknown", fix: Self.saveTensors)
      }
    case .frame: try skip(8)
    case .mark: marks.append(stack.count)
    case .pop: if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
    case .popMark: _ = try popToMark()
    case .dup: try push(top())
    case .none: push(.none)
    case .true: push(.bool(true))
    case .false: push(.bool(false))
    case .int: try pushDecimal(allowsBool: true)
    case .long: try pushDecimal(allowsBool: false)
    case .binInt: push(.int(Int(Int32(truncatingIfNeeded: try number(4)))))
    case .binInt1: push(.int(try number(1)))
    case .binInt2: push(.int(try number(2)))
    case .long1: try pushLong(number(1))
    case .long4: try pushLong(number(4))
    case .float:
      let text = try line()
      guard let value = Double(text) else { throw error("'\(text.prefix(40))' is no number") }
      push(.float(value))
    case .binFloat:
      var bits: UInt64 = 0
      for _ in 0..<8 { bits = bits << 8 | UInt64(try byte()) }
      push(.float(Double(bitPattern: bits)))
    case .unicode: push(.string(try line()))
    case .shortBinUnicode, .shortBinString: try pushText(number(1))
    case .binUnicode, .binString: try pushText(number(4))
    case .binUnicode8: try pushText(number(8))
    case .shortBinBytes: try pushBytes(number(1))
    case .binBytes: try pushBytes(number(4))
    case .binBytes8: try pushBytes(number(8))
    case .emptyTuple: push(.tuple([]))
    case .tuple1, .tuple2, .tuple3:
      let count = Int(opcode.rawValue - PickleOpcode.tuple1.rawValue) + 1
      guard stack.count - (marks.last ?? 0) >= count else { throw underflow }
      let items = Array(stack.suffix(count))
      stack.removeLast(count)
      push(.tuple(items))
    case .tuple: push(.tuple(try popToMark()))
    case .emptyList: push(.list(makeList([])))
    case .list: push(.list(makeList(try popToMark())))
    case .append:
      let item = try pop()
      try list().items.append(item)
    case .appends:
      let items = try popToMark()
      try list().items.append(contentsOf: items)
    case .emptyDictionary: push(.dictionary(makeDictionary()))
    case .dictionary:
      let items = try popToMark()
      let dictionary = makeDictionary()
      try set(items, in: dictionary)
      push(.dictionary(dictionary))
    case .setItem:
      let value = try pop()
      let key = try pop()
      try set([key, value], in: dictionary())
    case .setItems:
      let items = try popToMark()
      try set(items, in: dictionary())
    case .put: memo[try decimal()] = try top()
    case .binPut: memo[try number(1)] = try top()
    case .longBinPut: memo[try number(4)] = try top()
    case .memoize: memo[memo.count] = try top()
    case .get: try pushMemo(decimal())
    case .binGet: try pushMemo(number(1))
    case .longBinGet: try pushMemo(number(4))
    case .global:
      let module = try line()
      try pushGlobal(module, try line())
    case .stackGlobal:
      let (attribute, module) = (try pop(), try pop())
      guard let attribute = attribute.string, let module = module.string else {
        throw error("a global without a name", fix: Self.saveTensors)
      }
      try pushGlobal(module, attribute)
    case .binPersistentID: push(.storage(try storage(try pop())))
    case .reduce:
      let (arguments, callee) = (try pop(), try pop())
      push(try call(callee, arguments))
    case .newObject:
      let (arguments, callee) = (try pop(), try pop())
      guard case .global(.orderedDictionary) = callee else {
        throw error("it makes an object of \(callee.kindName)", fix: Self.saveTensors)
      }
      push(try call(callee, arguments))
    case .build:
      // What PyTorch notes down beside the entries of a state dictionary: versions of modules.
      _ = try pop()
      guard case .dictionary = try top() else {
        throw error("it gives a state to \(try top().kindName)", fix: Self.saveTensors)
      }
    }
  }
}

// MARK: Stack

extension PickleMachine {
  private mutating func push(_ value: PickleValue) { stack.append(value) }

  private func top() throws -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.last else { throw underflow }
    return value
  }

  private mutating func pop() throws -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw error("no mark is on the stack") }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private mutating func pushMemo(_ index: Int) throws {
    guard let value = memo[index] else { throw error("nothing is kept under \(index)") }
    push(value)
  }

  private mutating func makeList(_ items: [PickleValue]) -> PickleList {
    let list = PickleList()
    list.items = items
    lists.append(list)
    return list
  }

  private mutating func makeDictionary() -> PickleDictionary {
    let dictionary = PickleDictionary()
    dictionaries.append(dictionary)
    return dictionary
  }

  private func list() throws -> PickleList {
    guard case .list(let list) = try top() else {
      throw error("it appends to \(try top().kindName)")
    }
    return list
  }

  private func dictionary() throws -> PickleDictionary {
    guard case .dictionary(let dictionary) = try top() else {
      throw error("it sets an entry of \(try top().kindName)")
    }
    return dictionary
  }

  private func set(_ items: [PickleValue], in dictionary: PickleDictionary) throws {
    guard items.count.isMultiple(of: 2) else { throw error("a key without a value") }
    for index in stride(from: 0, to: items.count, by: 2) {
      dictionary.pairs.append((items[index], items[index + 1]))
    }
  }
}

// MARK: What may be made

extension PickleMachine {
  private mutating func pushGlobal(_ module: String, _ attribute: String) throws {
    // Older files name the untyped storage so.
    let name = "\(module).\(attribute)".replacing(
      "torch.storage._UntypedStorage", with: "torch.storage.UntypedStorage")
    guard
      let global = PickleGlobal(
        rawValue: name == "torch.UntypedStorage" ? "torch.storage.UntypedStorage" : name)
    else {
      throw error(
        "it names \(String(reflecting: String(name.prefix(120)))), which is no tensor, container, number or text",
        fix: Self.saveTensors)
    }
    push(.global(global))
  }

  private mutating func call(_ callee: PickleValue, _ arguments: PickleValue) throws -> PickleValue
  {
    guard case .global(let global) = callee, case .tuple(let arguments) = arguments else {
      throw error("it calls \(callee.kindName)", fix: Self.saveTensors)
    }
    switch global {
    case .orderedDictionary:
      let dictionary = makeDictionary()
      if let pairs = arguments.first {
        guard case .list(let list) = pairs else {
          throw error("an OrderedDict of \(pairs.kindName)")
        }
        for item in list.items {
          guard case .tuple(let pair) = item, pair.count == 2 else {
            throw error("an OrderedDict of \(item.kindName)")
          }
          dictionary.pairs.append((pair[0], pair[1]))
        }
      }
      return .dictionary(dictionary)
    case .rebuildTensor, .rebuildTypedTensor: return .tensor(try tensor(arguments, global))
    case .rebuildParameter:
      guard case .tensor? = arguments.first else { throw error("a parameter that is no tensor") }
      return arguments[0]
    case .size:
      guard arguments.count == 1, let extents = arguments[0].ints else {
        throw error("a torch.Size that is no list of numbers")
      }
      return .tuple(extents.map(PickleValue.int))
    default: throw error("it calls \(global.rawValue)", fix: Self.saveTensors)
    }
  }

  /// `('storage', type, key, location, number of elements)`
  private func storage(_ identifier: PickleValue) throws -> TorchStorage {
    guard case .tuple(let parts) = identifier, parts.count == 5, parts[0].string == "storage",
      case .global(let type) = parts[1], let key = parts[2].string, let count = parts[4].int,
      count >= 0, type.elements != nil || type == .untypedStorage
    else {
      throw error("a persistent identifier that is not that of a storage", fix: Self.saveTensors)
    }
    return TorchStorage(key: key, type: type.elements, elementCount: count)
  }

  /// `(storage, offset, shape, strides, requires_grad, hooks[, type, metadata])`
  private func tensor(_ arguments: [PickleValue], _ global: PickleGlobal) throws -> TorchTensor {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      let offset = arguments[1].int, let shape = arguments[2].ints,
      let strides = arguments[3].ints, strides.count == shape.count
    else { throw error("a tensor without storage, offset, shape and strides") }
    var type = storage.type
    if global == .rebuildTypedTensor {
      guard arguments.count >= 7, case .global(let stated) = arguments[6],
        let elements = stated.elements
      else { throw error("a tensor without an element type") }
      type = elements
    }
    guard let type else { throw error("a tensor of bytes without an element type") }
    guard offset >= 0, shape.count <= 64, shape.allSatisfy({ $0 >= 0 }),
      strides.allSatisfy({ $0 >= 0 })
    else { throw error("a tensor \(shape) at element \(offset) with strides \(strides)") }
    return TorchTensor(storage: storage, type: type, offset: offset, shape: shape, strides: strides)
  }
}

// MARK: Bytes

extension PickleMachine {
  private mutating func byte() throws -> UInt8 {
    guard place < bytes.count else {
      throw error("the pickle ends without STOP", fix: "fetch the file again: it is cut short")
    }
    defer { place += 1 }
    return bytes[place]
  }

  private mutating func skip(_ count: Int) throws {
    guard count <= bytes.count - place else { throw error("the pickle is cut short") }
    place += count
  }

  private mutating func number(_ width: Int) throws -> Int {
    guard let value = bytes.number(at: place, width: width) else {
      throw error("the pickle is cut short")
    }
    place += width
    return value
  }

  private mutating func line() throws -> String {
    guard let end = bytes[place...].firstIndex(of: 0x0A), end - place <= 4096 else {
      throw error("a line does not end")
    }
    defer { place = end + 1 }
    return String(decoding: bytes[place..<end], as: UTF8.self)
  }

  private mutating func decimal() throws -> Int {
    let text = try line()
    guard let value = Int(text) else { throw error("'\(text.prefix(40))' is no number") }
    return value
  }

  private mutating func pushDecimal(allowsBool: Bool) throws {
    let text = try line()
    if allowsBool, text == "00" || text == "01" { return push(.bool(text == "01")) }
    guard let value = Int(text.hasSuffix("L") ? String(text.dropLast()) : text) else {
      throw error("'\(text.prefix(40))' is no number of 64 bits")
    }
    push(.int(value))
  }

  /// Little-endian two's complement of so many bytes.
  private mutating func pushLong(_ count: Int) throws {
    let start = place
    try skip(count)
    guard count <= 8 else { throw error("a number of \(count) bytes is larger than any extent") }
    var value = count > 0 && bytes[start + count - 1] >= 0x80 ? -1 : 0
    for byte in bytes[start..<(start + count)].reversed() { value = value << 8 | Int(byte) }
    push(.int(value))
  }

  private mutating func pushText(_ count: Int) throws {
    let start = place
    try skip(count)
    guard let text = String(validating: bytes[start..<place], as: UTF8.self) else {
      throw error("text that is not UTF-8")
    }
    push(.string(text))
  }

  private mutating func pushBytes(_ count: Int) throws {
    try skip(count)
    push(.bytes(count))
  }

  private var underflow: LeptonError { error("the stack is empty") }

  private func error(_ what: String, fix: String = "fetch the file again") -> LeptonError {
    let opcode = opcodePlace < bytes.count ? PickleOpcode(rawValue: bytes[opcodePlace]) : nil
    return LeptonError(
      .badInput, (opcode.map { "opcode \($0.label): " } ?? "") + what,
      at: "\(name), byte \(opcodePlace)", fix: fix)
  }
}
