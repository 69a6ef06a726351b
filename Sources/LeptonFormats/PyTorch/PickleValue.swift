/// What the reader of pickles knows: numbers, text, containers, and tensors by where their elements lie. Nothing else exists
/// for it, so nothing else can be made.
indirect enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case bytes(Int)
  case tuple([PickleValue])
  case list(PickleList)
  case dictionary(PickleDictionary)
  case global(PickleGlobal)
  case storage(TorchStorage)
  case tensor(TorchTensor)

  /// What it is, for errors.
  var kindName: String {
    switch self {
    case .none: "None"
    case .bool: "a truth value"
    case .int, .float: "a number"
    case .string: "a string"
    case .bytes: "bytes"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .global(let global): global.rawValue
    case .storage: "a storage"
    case .tensor: "a tensor"
    }
  }

  var int: Int? { if case .int(let value) = self { value } else { nil } }
  var string: String? { if case .string(let value) = self { value } else { nil } }

  /// The numbers of a tuple or list of them.
  var ints: [Int]? {
    switch self {
    case .tuple(let values):
      values.compactMap(\.int).count == values.count ? values.compactMap(\.int) : nil
    case .list(let list): PickleValue.tuple(list.items).ints
    default: nil
    }
  }
}

/// Lists are shared: what is appended later is seen through every name.
final class PickleList {
  var items: [PickleValue] = []
}

/// Likewise; in the order of insertion.
final class PickleDictionary {
  var pairs: [(key: PickleValue, value: PickleValue)] = []
}

/// The names that a file may mention.
enum PickleGlobal: String, CaseIterable {
  case orderedDictionary = "collections.OrderedDict"
  case rebuildTensor = "torch._utils._rebuild_tensor_v2"
  case rebuildTypedTensor = "torch._utils._rebuild_tensor_v3"
  case rebuildParameter = "torch._utils._rebuild_parameter"
  case size = "torch.Size"
  case untypedStorage = "torch.storage.UntypedStorage"
  case floatStorage = "torch.FloatStorage"
  case doubleStorage = "torch.DoubleStorage"
  case halfStorage = "torch.HalfStorage"
  case bfloat16Storage = "torch.BFloat16Storage"
  case byteStorage = "torch.ByteStorage"
  case charStorage = "torch.CharStorage"
  case shortStorage = "torch.ShortStorage"
  case intStorage = "torch.IntStorage"
  case longStorage = "torch.LongStorage"
  case boolStorage = "torch.BoolStorage"
  case uint16 = "torch.uint16"
  case uint32 = "torch.uint32"
  case uint64 = "torch.uint64"
  case float8e4m3 = "torch.float8_e4m3fn"
  case float8e5m2 = "torch.float8_e5m2"
  case float8e4m3fnuz = "torch.float8_e4m3fnuz"
  case float8e5m2fnuz = "torch.float8_e5m2fnuz"
  case float8e8m0 = "torch.float8_e8m0fnu"
  case float32 = "torch.float32"
  case float64 = "torch.float64"
  case float16 = "torch.float16"
  case bfloat16 = "torch.bfloat16"
  case int8 = "torch.int8"
  case int16 = "torch.int16"
  case int32 = "torch.int32"
  case int64 = "torch.int64"
  case uint8 = "torch.uint8"
  case bool = "torch.bool"

  /// The storage that keeps elements of a type; nil where PyTorch has none.
  static func storage(of type: StoredType) -> PickleGlobal? {
    allCases.first { $0.rawValue.hasSuffix("Storage") && $0.elements == type }
  }

  /// The elements of a storage, or of tensors of a type; nil for what is neither.
  var elements: StoredType? {
    switch self {
    case .floatStorage, .float32: .f32
    case .doubleStorage, .float64: .f64
    case .halfStorage, .float16: .f16
    case .bfloat16Storage, .bfloat16: .bf16
    case .byteStorage, .uint8: .u8
    case .charStorage, .int8: .i8
    case .shortStorage, .int16: .i16
    case .intStorage, .int32: .i32
    case .longStorage, .int64: .i64
    case .boolStorage, .bool: .bool
    case .uint16: .u16
    case .uint32: .u32
    case .uint64: .u64
    case .float8e4m3: .e4m3
    case .float8e5m2: .e5m2
    case .float8e4m3fnuz: .e4m3fnuz
    case .float8e5m2fnuz: .e5m2fnuz
    case .float8e8m0: .e8m0
    case .orderedDictionary, .rebuildTensor, .rebuildTypedTensor, .rebuildParameter, .size,
      .untypedStorage:
      nil
    }
  }
}

/// Elements in an entry of the archive, shared by tensors.
struct TorchStorage: Hashable {
  /// The entry below `data/`.
  var key: String
  /// nil: bytes, whose type the tensor says.
  var type: StoredType?
  var elementCount: Int
}

/// A view of a storage.
struct TorchTensor {
  var storage: TorchStorage
  var type: StoredType
  /// In elements, as are strides.
  var offset: Int
  var shape: [Int]
  var strides: [Int]
}
