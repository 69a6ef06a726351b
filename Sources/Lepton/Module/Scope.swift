/// Where in a container a tensor was made: which child was being called.
///
/// The container's own place is known only when a whole module is traced, by finding its token.
struct Scope: Sendable {
  /// Marks a container of modules, so that reflection can tell its path.
  final class Token: Sendable {}

  let container: Token
  let child: String

  @TaskLocal static var current: Scope?

  /// Calls `body` as the child `name` of `container`.
  static func calling<R>(_ name: String, of container: Token, _ body: () -> R) -> R {
    $current.withValue(Scope(container: container, child: name), operation: body)
  }
}
