import LeptonValues

/// Self-attention with several heads: `[N, T, features]` to the same shape.
///
/// Every position becomes a mean of the values of all, weighted by how well its query fits their
/// keys: `softmax(Q Kᵀ / √d) V` in each head. Source: Vaswani et al., 2017.
public struct MultiHeadAttention: Module {
  public var query: Dense
  public var key: Dense
  public var value: Dense
  public var output: Dense
  let heads: Int
  let headFeatures: Int

  public init(_ features: Int, heads: Int) {
    precondition(features % heads == 0, "\(heads) heads do not divide \(features) features")
    query = Dense(features, features)
    key = Dense(features, features)
    value = Dense(features, features)
    output = Dense(features, features)
    self.heads = heads
    headFeatures = features / heads
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { callAsFunction(x, mask: nil) }

  /// - Parameter mask: `[N, T]`, 1 for positions that count and 0 for those that none looks at.
  public func callAsFunction(_ x: Tensor, mask: Tensor?) -> Tensor {
    let scale = 1 / Double(headFeatures).squareRoot()
    var scores = split(query(x)).matmul(split(key(x)).transposed()) * scale
    if let mask {
      // [N, 1, 1, T]: alike for all heads and queries.
      scores = scores + ((mask - 1) * 1e9).expandingShape(at: 1).expandingShape(at: 1)
    }
    let mixed = scores.softmax().matmul(split(value(x)))
    // Heads side by side again; 0 keeps batch and positions whatever they are.
    return output(mixed.transposed(0, 2, 1, 3).reshaped(to: [0, 0, heads * headFeatures]))
  }

  /// `[N, T, features]` to `[N, heads, T, features / heads]`.
  private func split(_ x: Tensor) -> Tensor {
    x.reshaped(to: [0, 0, heads, headFeatures]).transposed(0, 2, 1, 3)
  }
}
