/// How pages look: light or dark as the reader's system is, one column, also on a phone and on paper.
///
/// Colours differ in lightness and along blue and orange, which people tell apart who do not tell red from green.
enum PageStyle {
  static let css = """
    :root {
      \(light)
    }
    @media (prefers-color-scheme: dark) {
      :root {
        \(dark)
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
    body {
      margin: 0; background: var(--page); color: var(--ink);
      font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
    }
    main { max-width: 76rem; margin: 0 auto; padding: 2.2rem 1.5rem 4rem; }
    h1 { font-size: 1.8rem; line-height: 1.2; margin: 0; letter-spacing: -0.015em;
      overflow-wrap: anywhere; }
    h2 { font-size: 1.2rem; line-height: 1.3; margin: 3rem 0 0.8rem; letter-spacing: -0.01em; }
    h3 { font-size: 0.95rem; margin: 1.6rem 0 0.4rem; }
    p { margin: 0.5rem 0; max-width: 52rem; overflow-wrap: anywhere; }
    .lead { font-size: 1.06rem; margin-top: 1.2rem; }
    ul { margin: 0.5rem 0; padding-left: 1.2rem; max-width: 52rem; }
    li { margin: 0.25rem 0; overflow-wrap: anywhere; }
    header p, .note, summary, dt, small { color: var(--muted); }
    .note { font-size: 0.87rem; }
    a { color: var(--a); }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.2rem, 1fr));
      gap: 0.6rem; margin: 1.4rem 0 0; }
    .tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
      padding: 0.65rem 0.75rem; }
    dt { font-size: 0.82rem; }
    dd { margin: 0; font-variant-numeric: tabular-nums; }
    .tiles dd { font-size: 1.25rem; line-height: 1.35; font-weight: 600; letter-spacing: -0.01em; }
    .tiles dd.long { font-size: 1.02rem; line-height: 1.65; }
    .tiles small { display: block; font-size: 0.78rem; line-height: 1.35; }
    .facts { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: 0.3rem 1.4rem;
      font-size: 0.9rem; margin: 0.6rem 0; }
    .facts dt { font-size: inherit; }
    .facts dd { overflow-wrap: anywhere; min-width: 0; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: 0.87rem; }
    th, td { text-align: left; padding: 0.42rem 0.8rem 0.42rem 0.5rem; white-space: nowrap;
      border-bottom: 1px solid var(--line); }
    th { color: var(--muted); font-weight: 500; vertical-align: bottom; }
    th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
    .marked td { background: var(--mark); font-weight: 600; }
    td small { display: block; font-weight: 400; font-size: 0.92em; }
    .bar-cell { display: inline-block; width: 6rem; height: 0.6rem; margin-right: 0.6rem;
      background: var(--grid); border-radius: 3px; overflow: hidden; vertical-align: 0; }
    .bar-cell i { display: block; height: 100%; border-radius: 3px; background: var(--a); }
    .bar-cell i.b { background: var(--b); }
    .bar-text { display: inline-block; min-width: 3.6rem; text-align: right;
      font-variant-numeric: tabular-nums; }
    details { margin: 0.8rem 0; }
    summary { cursor: pointer; font-size: 0.9rem; }
    summary:hover { color: var(--ink); }
    pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: 0.6rem 0;
      padding: 0.8rem 1rem; overflow-x: auto; font: 0.83rem/1.5 ui-monospace, "SF Mono", Menlo,
      Consolas, "DejaVu Sans Mono", monospace; user-select: all; }
    @media (max-width: 1160px) { .tiles { grid-template-columns: repeat(4, 1fr); } }
    @media (max-width: 640px) {
      main { padding: 1.4rem 1rem 3rem; }
      h1 { font-size: 1.5rem; }
      h2 { margin-top: 2.4rem; }
      .tiles { grid-template-columns: 1fr 1fr; gap: 0.5rem; }
      .tiles dd { font-size: 1.15rem; }
      .facts { grid-template-columns: 1fr; gap: 0; }
      .facts dt { margin-top: 0.5rem; }
    }
    @media print {
      :root {
        \(light)
        --page: #ffffff;
      }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      body { font-size: 10pt; }
      main { max-width: none; padding: 0; }
      h2, h3, figcaption { break-after: avoid; }
      figure, .tiles, tr, .confused { break-inside: avoid; }
      .scroll { overflow: visible; }
      table { font-size: 7.5pt; }
      th, td { padding: 0.25rem 0.35rem; }
      th, td small { white-space: normal; }
      .bar-cell { width: 3rem; margin-right: 0.3rem; }
      pre { white-space: pre-wrap; overflow-wrap: anywhere; }
    }
    """

  private static let light = """
    color-scheme: light dark;
      --page: #fafaf8; --card: #ffffff; --ink: #1a1d21; --muted: #5a6068; --line: #e1e1db;
      --grid: #ebebe6; --mark: #e8f0f8; --a: #1f6aa8; --b: #c2541b;
      --c0: #ec9a78; --c1: #f3bd98; --c2: #f5e0c4; --c3: #d3e2ec; --c4: #a5c9e3; --c5: #77add6;
      --unknown: #dfdfd9;
    """

  private static let dark = """
    --page: #14161a; --card: #1b1e23; --ink: #eceae5; --muted: #a2a8b0; --line: #32363d;
        --grid: #2a2e34; --mark: #1d2b3a; --a: #6fb1e8; --b: #f09a62;
        --c0: #9c4a2c; --c1: #84563a; --c2: #665646; --c3: #42566a; --c4: #2f6290; --c5: #2c74b8;
        --unknown: #3b3f46;
    """
}
