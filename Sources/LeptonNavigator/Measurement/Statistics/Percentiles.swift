/// The value below which `fraction` of the sorted values lie: the nearest rank. 0 for no values.
func percentile(_ fraction: Double, ofSorted values: [Double]) -> Double {
  guard !values.isEmpty else { return 0 }
  let rank = Int((fraction * Double(values.count)).rounded(.up))
  return values[min(max(rank - 1, 0), values.count - 1)]
}

/// The middle value, or the mean of the two in the middle. 0 for no values.
func median(_ values: [Double]) -> Double {
  guard !values.isEmpty else { return 0 }
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
