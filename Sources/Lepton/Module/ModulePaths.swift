import LeptonValues

/// The parameters and containers inside a module, with their paths as PyTorch spells them:
/// `features.0.weight`.
struct ModulePaths {
  /// In the order of their declaration.
  private(set) var parameters: [(path: String, storage: Parameter.Storage)] = []
  private var owners: [ObjectIdentifier: String] = [:]
  private var containers: [ObjectIdentifier: String] = [:]

  init() {}

  /// Finds them by reflection on stored properties.
  init(reflecting module: Any) { visit(module, "") }

  /// The module that holds a parameter.
  func owner(of storage: Parameter.Storage) -> String? { owners[ObjectIdentifier(storage)] }

  func path(of container: Scope.Token) -> String? { containers[ObjectIdentifier(container)] }

  static func join(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : "\(path).\(name)"
  }

  private mutating func visit(_ value: Any, _ path: String) {
    if let parameter = value as? Parameter {
      let identity = ObjectIdentifier(parameter.storage)
      // The first place of a shared parameter gives it its name.
      guard owners[identity] == nil else { return }
      owners[identity] = path.split(separator: ".").dropLast().joined(separator: ".")
      parameters.append((path, parameter.storage))
      return
    }
    if let token = value as? Scope.Token {
      let identity = ObjectIdentifier(token)
      let owner = path.split(separator: ".").dropLast().joined(separator: ".")
      if containers[identity] == nil { containers[identity] = owner }
      return
    }
    let mirror = Mirror(reflecting: value)
    // The elements of a container count from its own path, as in `torch.nn.Sequential`.
    let isTransparent = value is any ModuleList
    for (index, child) in mirror.children.enumerated() {
      switch mirror.displayStyle {
      case .optional: visit(child.value, path)
      case .collection, .tuple: visit(child.value, Self.join(path, "\(index)"))
      default:
        let name = (child.label ?? "\(index)").snakeCased
        let isList = Mirror(reflecting: child.value).displayStyle == .collection
        visit(child.value, isTransparent && isList ? path : Self.join(path, name))
      }
    }
  }
}

/// A module whose only property is a list: its elements are named by their position alone.
protocol ModuleList {}

extension String {
  /// `runningMean` as `running_mean`.
  fileprivate var snakeCased: String {
    var result = ""
    for character in self {
      if character.isUppercase, !result.isEmpty, result.last != "_" { result += "_" }
      result += character.lowercased()
    }
    return result
  }
}
