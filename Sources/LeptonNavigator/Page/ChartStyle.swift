/// How pictures look, in the colours of the page. Letters are those of a view box as wide as a column; where columns are
/// narrower they are made larger.
enum ChartStyle {
  static let css = """
    svg { display: block; }
    svg svg { display: inline; }
    .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
      gap: 0.9rem; align-items: start; margin: 0.8rem 0; }
    figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
      margin: 0; padding: 0.9rem 1rem 0.8rem; min-width: 0; }
    figcaption { font-weight: 600; font-size: 0.95rem; }
    .legend { display: flex; flex-wrap: wrap; gap: 0.15rem 1.1rem; font-size: 0.82rem;
      color: var(--muted); margin: 0.25rem 0 0.6rem; max-width: none; }
    .legend b { font-weight: 500; }
    .legend i { display: inline-block; width: 0.9rem; height: 0.9rem; border-radius: 3px;
      margin-right: 0.4rem; vertical-align: -0.12rem; }
    .legend i.key { background: none; width: 1.3rem; height: 0; border-radius: 0;
      border-top: 2.5px solid var(--muted); vertical-align: 0.22rem; }
    .legend i.key.a { border-color: var(--a); }
    .legend i.key.b { border-top-style: dashed; border-color: var(--b); }
    .legend i.key.bound { border-top: 2px dotted var(--muted); }
    .legend i.key.diagonal { border-top: 1.5px dashed var(--muted); }
    .legend i.key.front { border-top: 1.5px dashed var(--a); }
    .legend i.key.whisker { border-top: 1.5px solid var(--muted); }
    .legend i.key.ring, .legend i.key.dot { width: 0.75rem; height: 0.75rem; border-radius: 50%;
      vertical-align: -0.08rem; }
    .legend i.key.ring { border: 2px solid var(--ink); }
    .legend i.key.dot { border: 0; background: var(--a); }
    .legend i.key.dot.refused { background: none; border: 2px solid var(--a); }
    .legend i.key.dot.b { background: var(--b); }
    .legend i.key.hit, .legend i.key.miss { width: 0.9rem; height: 0.9rem; border: 0;
      border-radius: 3px; vertical-align: -0.12rem; background: var(--a); opacity: 0.6; }
    .legend i.key.miss { background: var(--b); }
    .plot { width: 100%; height: auto; }
    .plot text { font-size: 12.5px; fill: var(--muted); unicode-bidi: isolate; }
    .plot .middle, .plot .count { text-anchor: middle; }
    .plot .end { text-anchor: end; }
    .plot .tick { font-variant-numeric: tabular-nums; }
    .plot .name { fill: var(--ink); paint-order: stroke; stroke: var(--card); stroke-width: 4px;
      stroke-linejoin: round; }
    .plot .strong { font-weight: 650; }
    .plot .count { fill: var(--ink); font-variant-numeric: tabular-nums; }
    .plot .grid { stroke: var(--grid); }
    .plot .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
    .plot .line.a { stroke: var(--a); }
    .plot .line.b { stroke: var(--b); stroke-dasharray: 6 4; }
    .plot .dot { stroke: var(--card); stroke-width: 1.2; }
    .plot .dot.a { fill: var(--a); }
    .plot .dot.b { fill: var(--b); }
    .plot .dot.refused { fill: var(--card); stroke: var(--a); stroke-width: 2; }
    .plot .ring { fill: none; stroke: var(--ink); stroke-width: 2; }
    .plot .whisker { stroke: var(--muted); stroke-width: 1.5; opacity: 0.75; }
    .plot .bound { stroke: var(--muted); stroke-width: 1.3; stroke-dasharray: 2 4; }
    .plot .diagonal { fill: none; stroke: var(--muted); stroke-width: 1.3; stroke-dasharray: 5 5; }
    .plot .front { fill: none; stroke: var(--a); stroke-width: 1.5; stroke-dasharray: 5 4;
      opacity: 0.8; }
    .plot .bar { fill: var(--a); fill-opacity: 0.22; }
    .plot .count-bar { fill: var(--muted); fill-opacity: 0.55; }
    .plot .square { fill: var(--grid); fill-opacity: 0.5; }
    .plot .hit { fill: var(--a); }
    .plot .miss { fill: var(--b); }
    .confused { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr));
      gap: 0.8rem; margin: 0.8rem 0; }
    .confused h3 { margin: 0; font-size: 0.92rem; font-weight: 600; overflow-wrap: anywhere; }
    .confused p { margin: 0 0 0.5rem; font-size: 0.82rem; color: var(--muted); }
    .pictures { display: flex; flex-wrap: wrap; gap: 0.4rem; }
    .pictures div { text-align: center; font-size: 0.72rem; color: var(--muted);
      font-variant-numeric: tabular-nums; }
    .pictures img { display: block; width: 3.5rem; height: 3.5rem; object-fit: contain;
      border-radius: 4px; border: 1px solid var(--line); background: #808080; }
    .pictures img.coarse { image-rendering: pixelated; }
    .flame { margin: 0.6rem 0; }
    .flame rect { stroke: var(--page); stroke-width: 1.5; }
    .flame text { font-size: 12px; fill: var(--ink); pointer-events: none; white-space: pre; }
    .flame svg:hover > rect { stroke: var(--ink); }
    .flame.down { display: none; }
    .c0 { fill: var(--c0); background: var(--c0); } .c1 { fill: var(--c1); background: var(--c1); }
    .c2 { fill: var(--c2); background: var(--c2); } .c3 { fill: var(--c3); background: var(--c3); }
    .c4 { fill: var(--c4); background: var(--c4); } .c5 { fill: var(--c5); background: var(--c5); }
    .unknown { fill: var(--unknown); background: var(--unknown); }
    @media (max-width: 640px) {
      figure { padding: 0.8rem 0.7rem 0.7rem; }
      .confused { grid-template-columns: 1fr 1fr; gap: 0.5rem; }
      .pictures img { width: 3rem; height: 3rem; }
      .plot text { font-size: 17px; }
      .flame.across { display: none; }
      .flame.down { display: block; }
    }
    @media print {
      .charts { grid-template-columns: 1fr 1fr; }
      .confused { grid-template-columns: 1fr 1fr 1fr; }
      .plot text { font-size: 15px; }
      .pictures img { width: 2.4rem; height: 2.4rem; }
    }
    """
}
