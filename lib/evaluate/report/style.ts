/**
 * The report's looks. Good is blue and defective orange (Okabe and Ito's palette, which colour-blind readers tell
 * apart), and never by colour alone: defective is hatched or dashed, too.
 */
export const STYLE = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #1b1f24; --soft: #5b6570; --line: #d9dee4;
  --good: #0072b2; --bad: #d55e00; --accent: #0072b2; --third: #009e73; --fourth: #cc79a7; --tint: #eef3f8; }
@media (prefers-color-scheme: dark) { :root { --page: #12161b; --card: #1b2128; --ink: #e8ecf1; --soft: #9aa7b4;
  --line: #343d47; --good: #56b4e9; --bad: #e69f00; --accent: #56b4e9; --third: #2fc79b; --fourth: #e3a1c6; --tint: #222b35; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 27px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; }
h2 { font-size: 20px; margin: 44px 0 12px; }
h3 { font-size: 15px; margin: 0 0 8px; }
p { margin: 6px 0; max-width: 78ch; }
.soft, figcaption, .note { color: var(--soft); }
.note { font-size: 13.5px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 22px 0 8px; }
.tile b { display: block; font-size: 26px; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: 13px; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(340px, 100%), 1fr)); gap: 14px; margin: 14px 0; }
.tables { grid-template-columns: repeat(auto-fit, minmax(min(330px, 100%), 1fr)); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { text-align: right; padding: 6px 9px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child, th.word, td.word { text-align: left; }
thead th { color: var(--soft); white-space: normal; vertical-align: bottom; font-weight: 550; border-bottom-width: 2px; }
tr.mean td { font-weight: 650; background: var(--tint); }
tr:last-child td { border-bottom: 0; }
td small { color: var(--soft); }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--soft); } svg .axis { stroke: var(--line); fill: none; } svg .strong { fill: var(--ink); font-weight: 600; }
svg .grid { stroke: var(--line); stroke-dasharray: 2 4; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); gap: 14px; margin: 10px 0 22px; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
figure img { display: block; width: 100%; height: 230px; object-fit: contain; background: #0d1014; }
figcaption { padding: 8px 12px 10px; font-size: 13px; overflow-wrap: anywhere; }
figcaption b { color: var(--ink); font-size: 15px; font-variant-numeric: tabular-nums; }
details { margin: 14px 0; } details > summary { cursor: pointer; font-weight: 600; padding: 8px 0; }
.bar { display: inline-block; vertical-align: middle; width: 56px; height: 9px; border-radius: 5px; background: var(--line); overflow: hidden; margin-right: 8px; }
.bar i { display: block; height: 100%; background: var(--accent); }
.key { display: inline-flex; gap: 18px; flex-wrap: wrap; font-size: 13px; color: var(--soft); margin: 2px 0 6px; }
.key svg { width: 16px; height: 12px; display: inline-block; vertical-align: -1px; margin-right: 6px; }
code { font: 13px/1.5 ui-monospace, Consolas, monospace; background: var(--tint); border-radius: 5px; padding: 1px 5px; overflow-wrap: anywhere; }
@media print { body { background: #fff; } .card, figure { break-inside: avoid; } details { display: block; } }
`;
