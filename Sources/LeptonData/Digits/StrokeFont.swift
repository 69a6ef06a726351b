/// How people write the ten digits: for each, the strokes of several hands, in the unit square.
enum StrokeFont {
  /// `variants[digit]` lists the ways to write a digit.
  static let variants: [[[Stroke]]] = [
    zero, one, two, three, four, five, six, seven, eight, nine,
  ]

  private static let zero: [[Stroke]] = [
    [.arc(Point(0.5, 0.5), Point(0.28, 0.4))],
    [.arc(Point(0.5, 0.5), Point(0.19, 0.4))],
    [
      .arc(Point(0.5, 0.5), Point(0.26, 0.4)),
      .line([Point(0.66, 0.24), Point(0.34, 0.76)]),
    ],
    [
      .curve([
        Point(0.62, 0.16), Point(0.4, 0.12), Point(0.25, 0.4), Point(0.3, 0.8), Point(0.55, 0.88),
        Point(0.75, 0.6), Point(0.7, 0.25), Point(0.5, 0.13),
      ])
    ],
    [
      .line([
        Point(0.28, 0.1), Point(0.72, 0.1), Point(0.72, 0.9), Point(0.28, 0.9), Point(0.28, 0.1),
      ])
    ],
  ]

  private static let one: [[Stroke]] = [
    [.line([Point(0.5, 0.1), Point(0.5, 0.9)])],
    [.line([Point(0.32, 0.28), Point(0.52, 0.1), Point(0.52, 0.9)])],
    [
      .line([Point(0.34, 0.26), Point(0.53, 0.1), Point(0.53, 0.9)]),
      .line([Point(0.32, 0.9), Point(0.73, 0.9)]),
    ],
    [.line([Point(0.6, 0.1), Point(0.42, 0.9)])],
    [.curve([Point(0.4, 0.2), Point(0.53, 0.1), Point(0.53, 0.5), Point(0.5, 0.9)])],
  ]

  private static let two: [[Stroke]] = [
    [
      .curve([
        Point(0.25, 0.32), Point(0.35, 0.14), Point(0.6, 0.12), Point(0.74, 0.3),
        Point(0.62, 0.52), Point(0.4, 0.72), Point(0.25, 0.9),
      ]),
      .line([Point(0.25, 0.9), Point(0.77, 0.9)]),
    ],
    [
      .curve([
        Point(0.26, 0.25), Point(0.5, 0.1), Point(0.74, 0.28), Point(0.6, 0.55),
        Point(0.35, 0.84), Point(0.24, 0.8), Point(0.32, 0.7), Point(0.48, 0.8),
        Point(0.62, 0.89), Point(0.78, 0.82),
      ])
    ],
    [
      .line([
        Point(0.26, 0.12), Point(0.74, 0.12), Point(0.74, 0.5), Point(0.26, 0.5),
        Point(0.26, 0.9), Point(0.74, 0.9),
      ])
    ],
    [
      .curve([
        Point(0.28, 0.2), Point(0.5, 0.1), Point(0.71, 0.22), Point(0.68, 0.42),
        Point(0.48, 0.64), Point(0.26, 0.88),
      ]),
      .curve([Point(0.26, 0.88), Point(0.5, 0.85), Point(0.78, 0.9)]),
    ],
  ]

  private static let three: [[Stroke]] = [
    [
      .arc(Point(0.47, 0.3), Point(0.23, 0.19), from: -150, to: 90),
      .arc(Point(0.47, 0.7), Point(0.27, 0.21), from: -90, to: 150),
    ],
    [
      .line([Point(0.26, 0.12), Point(0.72, 0.12), Point(0.46, 0.42)]),
      .curve([
        Point(0.46, 0.42), Point(0.7, 0.5), Point(0.74, 0.75), Point(0.5, 0.9), Point(0.26, 0.82),
      ]),
    ],
    [
      .line([Point(0.26, 0.12), Point(0.74, 0.12), Point(0.74, 0.9), Point(0.26, 0.9)]),
      .line([Point(0.36, 0.5), Point(0.74, 0.5)]),
    ],
    [
      .curve([
        Point(0.28, 0.2), Point(0.52, 0.1), Point(0.7, 0.26), Point(0.6, 0.42), Point(0.42, 0.48),
        Point(0.64, 0.54), Point(0.74, 0.72), Point(0.55, 0.9), Point(0.26, 0.84),
      ])
    ],
  ]

  private static let four: [[Stroke]] = [
    [
      .line([Point(0.34, 0.1), Point(0.26, 0.58), Point(0.78, 0.58)]),
      .line([Point(0.64, 0.34), Point(0.64, 0.9)]),
    ],
    [.line([Point(0.62, 0.9), Point(0.62, 0.1), Point(0.24, 0.64), Point(0.8, 0.64)])],
    [
      .line([Point(0.28, 0.1), Point(0.28, 0.5), Point(0.72, 0.5)]),
      .line([Point(0.72, 0.1), Point(0.72, 0.9)]),
    ],
    [
      .curve([
        Point(0.36, 0.1), Point(0.26, 0.4), Point(0.34, 0.55), Point(0.6, 0.52), Point(0.73, 0.42),
      ]),
      .line([Point(0.76, 0.12), Point(0.66, 0.9)]),
    ],
  ]

  private static let five: [[Stroke]] = [
    [
      .line([Point(0.72, 0.12), Point(0.34, 0.12), Point(0.3, 0.46)]),
      .curve([
        Point(0.3, 0.46), Point(0.5, 0.4), Point(0.71, 0.51), Point(0.74, 0.72), Point(0.56, 0.9),
        Point(0.26, 0.84),
      ]),
    ],
    [
      .line([
        Point(0.74, 0.12), Point(0.26, 0.12), Point(0.26, 0.5), Point(0.74, 0.5),
        Point(0.74, 0.9), Point(0.26, 0.9),
      ])
    ],
    [
      .curve([
        Point(0.73, 0.14), Point(0.48, 0.1), Point(0.3, 0.26), Point(0.42, 0.45),
        Point(0.66, 0.56), Point(0.71, 0.76), Point(0.5, 0.9), Point(0.26, 0.82),
      ])
    ],
    [
      .line([Point(0.36, 0.14), Point(0.32, 0.44)]),
      .curve([
        Point(0.32, 0.44), Point(0.58, 0.42), Point(0.72, 0.64), Point(0.6, 0.86),
        Point(0.28, 0.88),
      ]),
      .line([Point(0.36, 0.14), Point(0.77, 0.1)]),
    ],
  ]

  private static let six: [[Stroke]] = [
    [
      .curve([
        Point(0.66, 0.1), Point(0.42, 0.26), Point(0.28, 0.55), Point(0.3, 0.8), Point(0.5, 0.9),
        Point(0.7, 0.8), Point(0.71, 0.62), Point(0.52, 0.52), Point(0.32, 0.64),
      ])
    ],
    [
      .arc(Point(0.5, 0.68), Point(0.22, 0.22)),
      .curve([Point(0.28, 0.68), Point(0.36, 0.36), Point(0.58, 0.1)]),
    ],
    [
      .line([
        Point(0.72, 0.12), Point(0.28, 0.12), Point(0.28, 0.9), Point(0.74, 0.9),
        Point(0.74, 0.5), Point(0.28, 0.5),
      ])
    ],
    [
      .curve([
        Point(0.74, 0.2), Point(0.56, 0.1), Point(0.33, 0.25), Point(0.26, 0.6), Point(0.36, 0.86),
        Point(0.62, 0.88), Point(0.74, 0.68), Point(0.58, 0.53), Point(0.3, 0.62),
      ])
    ],
  ]

  private static let seven: [[Stroke]] = [
    [.line([Point(0.24, 0.12), Point(0.76, 0.12), Point(0.42, 0.9)])],
    [
      .line([Point(0.24, 0.12), Point(0.76, 0.12), Point(0.42, 0.9)]),
      .line([Point(0.36, 0.5), Point(0.72, 0.5)]),
    ],
    [
      .line([Point(0.24, 0.14), Point(0.75, 0.13)]),
      .curve([Point(0.75, 0.13), Point(0.58, 0.4), Point(0.46, 0.66), Point(0.44, 0.9)]),
    ],
    [.line([Point(0.25, 0.28), Point(0.25, 0.12), Point(0.76, 0.12), Point(0.52, 0.9)])],
    [.line([Point(0.26, 0.12), Point(0.74, 0.12), Point(0.74, 0.9)])],
  ]

  private static let eight: [[Stroke]] = [
    [
      .arc(Point(0.5, 0.29), Point(0.2, 0.19)),
      .arc(Point(0.5, 0.69), Point(0.25, 0.21)),
    ],
    [
      .curve([
        Point(0.7, 0.2), Point(0.5, 0.1), Point(0.3, 0.24), Point(0.44, 0.44), Point(0.66, 0.6),
        Point(0.7, 0.8), Point(0.48, 0.9), Point(0.28, 0.76), Point(0.4, 0.56), Point(0.62, 0.4),
        Point(0.72, 0.22), Point(0.6, 0.12),
      ])
    ],
    [
      .line([
        Point(0.27, 0.1), Point(0.73, 0.1), Point(0.73, 0.9), Point(0.27, 0.9), Point(0.27, 0.1),
      ]),
      .line([Point(0.27, 0.5), Point(0.73, 0.5)]),
    ],
    [
      .arc(Point(0.5, 0.29), Point(0.16, 0.19)),
      .arc(Point(0.5, 0.69), Point(0.18, 0.21)),
    ],
  ]

  private static let nine: [[Stroke]] = [
    [
      .arc(Point(0.5, 0.32), Point(0.22, 0.21)),
      .line([Point(0.72, 0.32), Point(0.7, 0.9)]),
    ],
    [
      .arc(Point(0.5, 0.31), Point(0.21, 0.2)),
      .curve([Point(0.71, 0.31), Point(0.68, 0.62), Point(0.52, 0.9)]),
    ],
    [
      .line([
        Point(0.72, 0.5), Point(0.28, 0.5), Point(0.28, 0.12), Point(0.72, 0.12),
        Point(0.72, 0.9), Point(0.28, 0.9),
      ])
    ],
    [
      .curve([
        Point(0.7, 0.24), Point(0.52, 0.1), Point(0.3, 0.26), Point(0.36, 0.48), Point(0.56, 0.5),
        Point(0.7, 0.28), Point(0.72, 0.6), Point(0.6, 0.86), Point(0.34, 0.88),
      ])
    ],
  ]
}
