/// How pages look: light or dark as the reader's system is, one column, also on a phone.
enum PageStyle {
  static let css = """
    :root {
      --page: #fbfbf9; --card: #ffffff; --ink: #1b1e22; --muted: #5d636b; --line: #e2e2dc;
      --mark: #e9f3ee; --accent: #14756a; --second: #b4561b;
      --c0: #f3a48d; --c1: #f8c69c; --c2: #f4e2a0; --c3: #c4e2b4; --c4: #8acdb8; --c5: #8dbfe6;
      --unknown: #dddcd5;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #14161a; --card: #1b1e23; --ink: #eceae5; --muted: #9da3ab; --line: #30343b;
        --mark: #1d2f2b; --accent: #5cc9b4; --second: #f0a36b;
        --c0: #8f3d2b; --c1: #8d5a2b; --c2: #75651f; --c3: #3f6a3a; --c4: #1f6d5e; --c5: #2b5f90;
        --unknown: #3b3f46;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--page); color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
    }
    main { max-width: 76rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0; letter-spacing: -0.01em; }
    h2 { font-size: 1.1rem; margin: 2.4rem 0 0.7rem; }
    p { margin: 0.4rem 0; max-width: 60rem; }
    header p, .note, summary, dt { color: var(--muted); }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr));
      gap: 0.6rem; margin: 1.4rem 0 0; }
    .tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
      padding: 0.6rem 0.8rem; }
    dt { font-size: 0.82rem; }
    dd { margin: 0; font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: 0.87rem; }
    th, td { text-align: left; padding: 0.35rem 0.9rem 0.35rem 0; white-space: nowrap;
      border-bottom: 1px solid var(--line); }
    th { color: var(--muted); font-weight: 500; }
    td.wide { white-space: normal; min-width: 16rem; }
    .number { text-align: right; font-variant-numeric: tabular-nums; }
    .marked td { background: var(--mark); font-weight: 600; }
    details { margin: 0.8rem 0; }
    summary { cursor: pointer; }
    svg { display: block; }
    svg svg { display: inline; }
    .flame { margin: 0.6rem 0; }
    .flame rect { stroke: var(--page); stroke-width: 1.5; }
    .flame text { font-size: 12px; fill: var(--ink); pointer-events: none; white-space: pre; }
    .flame svg:hover > rect { stroke: var(--ink); }
    .flame.down { display: none; }
    .c0 { fill: var(--c0); background: var(--c0); } .c1 { fill: var(--c1); background: var(--c1); }
    .c2 { fill: var(--c2); background: var(--c2); } .c3 { fill: var(--c3); background: var(--c3); }
    .c4 { fill: var(--c4); background: var(--c4); } .c5 { fill: var(--c5); background: var(--c5); }
    .unknown { fill: var(--unknown); background: var(--unknown); }
    .legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; font-size: 0.82rem;
      color: var(--muted); }
    .legend b { font-weight: 500; }
    .legend i { display: inline-block; width: 0.9rem; height: 0.9rem; border-radius: 3px;
      margin-right: 0.35rem; vertical-align: -0.12rem; }
    .curve line { stroke: var(--line); }
    .curve path { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; }
    .curve text { font-size: 12px; fill: var(--muted); }
    .curve .a { stroke: var(--accent); fill: none; } .curve .b { stroke: var(--second); fill: none; }
    @media (max-width: 640px) {
      main { padding: 1.25rem 0.9rem 3rem; }
      .tiles { grid-template-columns: 1fr 1fr; }
      .flame.across { display: none; }
      .flame.down { display: block; }
    }
    @media print { .flame rect { print-color-adjust: exact; } }
    """
}
