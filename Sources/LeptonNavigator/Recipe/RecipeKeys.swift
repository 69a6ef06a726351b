import LeptonValues

extension Recipe {
  /// Every key that a recipe can have, at its default. Keys that only one kind of optimizer, schedule or calibration has
  /// say so in their meaning.
  public static func keys() throws -> [ResolvedSetting] {
    let kinds = [
      "",
      "training: {optimizer: {kind: sgd}, schedule: {kind: step}, early_stopping: {patience: 5}}",
      "training: {schedule: {kind: cosine}}", "training: {schedule: {kind: plateau}}",
    ]
    var keys: [ResolvedSetting] = []
    for kind in kinds {
      let recipe = try Recipe(yaml: "data: {spec: digits}\n\(kind)", file: "model")
      for var setting in recipe.settings where !keys.contains(where: { $0.path == setting.path }) {
        if let fallback = setting.fallback { setting.value = fallback }
        setting.source = "default"
        let section = setting.path.dropLast()
        let last = keys.lastIndex { $0.path.dropLast() == section }
        keys.insert(setting, at: last.map { $0 + 1 } ?? keys.endIndex)
      }
    }
    return keys
  }
}
