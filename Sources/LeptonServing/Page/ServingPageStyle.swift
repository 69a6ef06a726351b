/// How the page looks: light or dark as the reader's system is, two columns, one on a phone.
enum ServingPageStyle {
  static let css = """
    :root {
      color-scheme: light dark;
      --page: #fbfbf9; --card: #ffffff; --ink: #1b1e22; --muted: #5d636b; --line: #e2e2dc;
      --track: #eef0ec; --accent: #14756a; --on-accent: #ffffff; --first: #14756a; --rest: #9cc7bf;
      --warn: #a3341b;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #14161a; --card: #1b1e23; --ink: #eceae5; --muted: #9da3ab; --line: #30343b;
        --track: #262a30; --accent: #5cc9b4; --on-accent: #10231f; --first: #5cc9b4;
        --rest: #2f6a60; --warn: #f29b7f;
      }
    }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    body { margin: 0; background: var(--page); color: var(--ink);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
    main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0; letter-spacing: -0.01em;
      overflow-wrap: anywhere; }
    p { margin: 0.3rem 0; }
    .muted { color: var(--muted); }
    .error { color: var(--warn); overflow-wrap: anywhere; }
    .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
      padding: 1.1rem; margin-top: 1.25rem; }
    .desk { display: grid; grid-template-columns: 1fr 1fr; gap: 1.25rem; align-items: stretch; }
    .drop { position: relative; display: grid; place-items: center; min-height: 18rem;
      border: 2px dashed var(--line); border-radius: 10px; text-align: center; cursor: pointer;
      color: var(--muted); overflow: hidden; transition: border-color 0.15s; }
    .drop:hover, .drop:focus-within, .drop.over { border-color: var(--accent); }
    .drop:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    .drop b { color: var(--ink); }
    .drop input { position: absolute; inset: 0; opacity: 0; cursor: pointer; }
    .drop img { width: 100%; height: 18rem; object-fit: contain; }
    .drop .boxes { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
    .boxes rect { fill: none; stroke: var(--accent); stroke-width: 2px; vector-effect: non-scaling-stroke; }
    .drop img.small { image-rendering: pixelated; }
    .line { display: flex; gap: 0.6rem; margin-top: 0.5rem; }
    .fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr));
      gap: 0.7rem 0.9rem; max-height: 24rem; overflow-y: auto; padding: 2px; }
    .fields label { display: block; font-size: 0.85rem; color: var(--muted);
      overflow-wrap: anywhere; }
    .fields .wide { grid-column: 1 / -1; }
    textarea { min-height: 5rem; resize: vertical; }
    textarea, input:not([type="file"]) { width: 100%; font: inherit; color: var(--ink);
      background: var(--page); border: 1px solid var(--line); border-radius: 7px;
      padding: 0.4rem 0.6rem; }
    textarea:focus-visible, input:focus-visible, button:focus-visible, summary:focus-visible, a:focus-visible {
      outline: 2px solid var(--accent); outline-offset: 1px; }
    button { font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent);
      border: 0; border-radius: 7px; padding: 0.45rem 1.1rem; cursor: pointer; }
    #row button { margin-top: 1rem; }
    button.quiet { color: var(--accent); background: none; padding: 0; margin-top: 0.7rem;
      font-weight: 500; font-size: 0.92rem; }
    #wanted { margin: 0.8rem 0 0; font-size: 0.92rem; }
    .verdict { font-size: 1.35rem; font-weight: 650; line-height: 1.3; margin: 0 0 0.8rem;
      overflow-wrap: anywhere; }
    .verdict .muted { font-size: 1rem; font-weight: 400; }
    .bars { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.55rem; }
    .bars div { display: flex; justify-content: space-between; gap: 1rem; font-size: 0.92rem; }
    .bars div span:first-child { overflow-wrap: anywhere; }
    .bars div span:last-child { font-variant-numeric: tabular-nums; color: var(--muted); }
    .bars svg { display: block; width: 100%; height: 8px; border-radius: 4px;
      background: var(--track); }
    .bars rect { fill: var(--rest); }
    .bars li:first-child rect { fill: var(--first); }
    #time { font-size: 0.85rem; margin-top: 0.9rem; }
    summary { cursor: pointer; color: var(--muted); }
    pre { overflow-x: auto; background: var(--page); border: 1px solid var(--line);
      border-radius: 7px; padding: 0.7rem 0.8rem; font-size: 0.85rem; }
    code { font-family: ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace; }
    a { color: var(--accent); }
    @media (max-width: 720px) {
      main { padding: 1.4rem 0.9rem 3rem; }
      .desk { grid-template-columns: 1fr; gap: 0; }
      .drop { min-height: 12rem; }
      .drop img { height: 12rem; }
      .fields { grid-template-columns: 1fr 1fr; max-height: none; }
    }
    """
}
