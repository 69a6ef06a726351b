/// The opcodes that tensors, containers, numbers and text are saved with.
enum PickleOpcode: UInt8 {
  case mark = 0x28, stop = 0x2E, pop = 0x30, popMark = 0x31, dup = 0x32
  case proto = 0x80, frame = 0x95
  case none = 0x4E, `true` = 0x88, `false` = 0x89
  case int = 0x49, long = 0x4C, binInt = 0x4A, binInt1 = 0x4B, binInt2 = 0x4D
  case long1 = 0x8A, long4 = 0x8B
  case float = 0x46, binFloat = 0x47
  case unicode = 0x56, shortBinUnicode = 0x8C, binUnicode = 0x58, binUnicode8 = 0x8D
  case shortBinString = 0x55, binString = 0x54
  case shortBinBytes = 0x43, binBytes = 0x42, binBytes8 = 0x8E
  case emptyTuple = 0x29, tuple = 0x74, tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87
  case emptyList = 0x5D, list = 0x6C, append = 0x61, appends = 0x65
  case emptyDictionary = 0x7D, dictionary = 0x64, setItem = 0x73, setItems = 0x75
  case put = 0x70, binPut = 0x71, longBinPut = 0x72, memoize = 0x94
  case get = 0x67, binGet = 0x68, longBinGet = 0x6A
  case global = 0x63, stackGlobal = 0x93, reduce = 0x52, newObject = 0x81, build = 0x62
  case binPersistentID = 0x51

  /// Its name in Python's documentation.
  var label: String {
    switch self {
    case .binPersistentID: "BINPERSID"
    case .newObject: "NEWOBJ"
    case .stackGlobal: "STACK_GLOBAL"
    case .emptyDictionary: "EMPTY_DICT"
    case .dictionary: "DICT"
    case .shortBinUnicode: "SHORT_BINUNICODE"
    default: "\(self)".uppercased()
    }
  }
}
