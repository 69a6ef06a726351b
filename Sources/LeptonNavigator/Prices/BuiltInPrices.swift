extension PriceTable {
  /// On-demand list prices for Linux, without discounts, storage and traffic. Copy, change, and name the file in the
  /// recipe's `prices`.
  public static let builtInText = """
    \(line("t4g.small", 2, 2, 0.0168))
    \(line("t3.small", 2, 2, 0.0208))
    \(line("t3.medium", 2, 4, 0.0416))
    \(line("c6g.large", 2, 4, 0.068))
    \(line("c7g.large", 2, 4, 0.0725))
    \(line("m6g.large", 2, 8, 0.077))
    \(line("c6a.large", 2, 4, 0.0765))
    \(line("m7g.large", 2, 8, 0.0816))
    \(line("c6i.large", 2, 4, 0.085))
    \(line("m6a.large", 2, 8, 0.0864))
    \(line("c7i.large", 2, 4, 0.08925))
    \(line("m6i.large", 2, 8, 0.096))
    \(line("m7i.large", 2, 8, 0.1008))
    \(line("c7a.large", 2, 4, 0.10264))
    \(line("c7i.xlarge", 4, 8, 0.1785))
    \(line("g4dn.xlarge", 4, 16, 0.526))
    \(line("g5.xlarge", 4, 16, 1.006))
    """

  private static func line(_ kind: String, _ vCPU: Int, _ memory: Int, _ price: Double) -> String {
    "aws.\(kind): {provider: AWS, region: us-east-1, kind: \(kind), vcpu: \(vCPU), "
      + "memory_gib: \(memory), usd_per_hour: \(price), "
      + "source: \"https://aws.amazon.com/ec2/pricing/on-demand/\", as_of: \"2026-06\"}"
  }
}
