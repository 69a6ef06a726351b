// The whole loop of a recipe, from Swift.

import LeptonNavigator

let recipe = try Recipe(
  yaml: """
    data: {spec: digits, limit: 1000}
    model: {architecture: mlp}
    training: {epochs: 2}
    requirement: {max_accuracy_drop: 0.01}
    policy: speed
    """)
let report = try Run(recipe).execute { event in
  if case .stage(let stage) = event { print(stage) }
}
for candidate in report.candidates {
  print(candidate.name, candidate.accuracy, candidate.latency.p50, candidate.reason)
}
