/// Requests that wait for the engine, and the rule by which they become batches. A value: it is told what time it is and
/// answers what to do; the loop that owns it does it.
///
/// With no delay a batch is whatever has gathered while the one before it ran: an idle engine answers at once, a busy one
/// in larger batches. A delay makes a batch wait so long for company, counted from its first request.
package struct BatchQueue<Payload> {
  package struct Item {
    package let rows: Int
    /// When it came, and when it is no longer wanted; nanoseconds of one clock.
    package let arrival: UInt64
    package let deadline: UInt64
    package let payload: Payload

    package init(rows: Int, arrival: UInt64, deadline: UInt64, payload: Payload) {
      self.rows = rows
      self.arrival = arrival
      self.deadline = deadline
      self.payload = payload
    }
  }

  package enum Action {
    /// Run these together, in this order.
    case run([Item])
    /// Nothing to do before that time; until something comes where it is nil.
    case wait(until: UInt64?)
  }

  private let settings: BatchSettings
  private var items: [Item] = []

  package init(_ settings: BatchSettings) { self.settings = settings }

  package var count: Int { items.count }

  /// Whether there was room.
  package mutating func add(_ item: Item) -> Bool {
    guard items.count < settings.mostItems else { return false }
    items.append(item)
    return true
  }

  /// Takes out what has waited too long.
  package mutating func expired(at now: UInt64) -> [Item] {
    guard items.contains(where: { $0.deadline <= now }) else { return [] }
    let late = items.filter { $0.deadline <= now }
    items.removeAll { $0.deadline <= now }
    return late
  }

  /// Takes out everything.
  package mutating func removeAll() -> [Item] {
    defer { items = [] }
    return items
  }

  /// What to do at the time `now`; in the order in which requests came. A request of more rows than a batch has goes
  /// alone.
  package mutating func next(at now: UInt64) -> Action {
    guard let first = items.first else { return .wait(until: nil) }
    var rows = 0
    let fitting = items.prefix { item in
      rows += item.rows
      return rows <= settings.mostRows
    }
    let taken = max(1, fitting.count)
    let isFull = taken < items.count || fitting.reduce(0) { $0 + $1.rows } >= settings.mostRows
    let due = first.arrival + settings.delay
    guard isFull || due <= now else { return .wait(until: due) }
    let batch = Array(items.prefix(taken))
    items.removeFirst(taken)
    return .run(batch)
  }
}
