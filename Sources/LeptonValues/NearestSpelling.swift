/// The candidate that `word` was most likely meant to be, nil where none is near.
///
/// Nearness is the Levenshtein distance, at most a third of the longer word and at least 1.
package func nearestSpelling(of word: String, in candidates: some Sequence<String>) -> String? {
  candidates
    .map { (candidate: $0, distance: editDistance(word.lowercased(), $0.lowercased())) }
    .filter { $0.distance <= max(1, max(word.count, $0.candidate.count) / 3) }
    .min { $0.distance < $1.distance }?
    .candidate
}

private func editDistance(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  var row = Array(0...b.count)
  for (i, character) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let substitution = diagonal + (character == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[b.count]
}
