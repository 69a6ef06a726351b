/// Where the time of a run goes, as a tree: the model, the modules inside it, the operations in them.
package struct FlameTree {
  package var name: String
  /// From the model down: `features.9.conv2`; empty for the model itself.
  package var path: String
  /// Of everything below.
  package var ms: Double
  /// The least that the ceilings allow for it; 0 where nothing is known of its cost.
  var floor: Double
  var flops: Int
  /// What ran, for an operation; nil for modules.
  var step: RunProfile.Step?
  /// Steps that are shown as one.
  package var count: Int
  package var children: [FlameTree]

  var ofCeiling: Double { ms > 0 ? floor / ms : 0 }
  var depth: Int { 1 + (children.map(\.depth).max() ?? 0) }

  /// Modules stand in the order in which they first run.
  package init(_ profile: RunProfile, name: String) {
    self.init(name: name, path: "")
    for step in profile.steps { add(step, Self.modules(of: step.place)[...]) }
  }

  private init(name: String, path: String, step: RunProfile.Step? = nil) {
    (self.name, self.path, self.step) = (name, path, step)
    (ms, floor, flops, count, children) = (0, 0, 0, 0, [])
  }

  private mutating func add(_ step: RunProfile.Step, _ modules: ArraySlice<String>) {
    ms += step.ms
    floor += step.ofCeiling * step.ms
    flops += step.flops
    count += 1
    if self.step != nil { return }
    let name = modules.first ?? step.op
    let place = children.firstIndex { child in
      guard child.name == name else { return false }
      guard modules.isEmpty else { return child.step == nil }
      return child.step?.kernelName == step.kernelName
    }
    if place == nil {
      let below = modules.isEmpty ? path : path.isEmpty ? name : "\(path).\(name)"
      children.append(FlameTree(name: name, path: below, step: modules.isEmpty ? step : nil))
    }
    children[place ?? children.count - 1].add(step, modules.dropFirst())
  }

  /// The modules that a node lies in. PyTorch's exporter writes `/layer1/layer1.0/conv1/Conv`, with the node's own name
  /// at the end and each path within a list spelled out again; everybody else separates modules by dots.
  package static func modules(of place: String) -> [String] {
    guard place.contains("/") else { return place.split(separator: ".").map(String.init) }
    let parts = place.split(separator: "/").dropLast().map(String.init)
    return parts.indices.map { index in
      let list = index > 0 ? parts[index - 1] + "." : ""
      return index > 0 && parts[index].hasPrefix(list)
        ? String(parts[index].dropFirst(list.count)) : parts[index]
    }
  }
}
