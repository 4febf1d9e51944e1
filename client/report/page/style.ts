/** The looks of a report: light, dark, narrow, and on paper. No font, picture or rule comes from elsewhere. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f5f6f8; --ink: #1b1f27; --quiet: #5a6372; --grid: #d9dde4; --faint: #7d8694; --link: #1d5fc4;
  --series-1: #1f6fd1; --series-2: #c2570c; --good: #1d7a3e; --open: #8a5a00; --bad: #b3261e; --shade: 31, 111, 209; --shade-bad: 194, 87, 12;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171c; --panel: #1d2128; --ink: #e8eaee; --quiet: #a3acba; --grid: #39404b; --faint: #78828f; --link: #8ab8ff;
    --series-1: #6ba9f7; --series-2: #f2a15a; --good: #6fce8f; --open: #e5b75a; --bad: #ff8f86; --shade: 107, 169, 247; --shade-bad: 242, 161, 90;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
header, main, footer { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 28px; }
h1 { font-size: 1.5rem; margin: 0 0 12px; }
h2 { font-size: 1.2rem; margin: 44px 0 10px; padding-top: 12px; border-top: 1px solid var(--grid); }
h3 { font-size: 1rem; margin: 22px 0 4px; }
p, ul, dl { margin: 8px 0; }
.quiet, figcaption .quiet { color: var(--quiet); font-size: .875rem; }
.verdict { border-left: 5px solid var(--good); background: var(--panel); padding: 14px 18px; border-radius: 0 8px 8px 0; }
.verdict.open { border-color: var(--open); } .verdict.bad { border-color: var(--bad); }
.verdict p:first-child { font-size: 1.2rem; font-weight: 600; line-height: 1.4; margin: 0; }
.verdict p { margin: 6px 0 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(148px, 1fr)); gap: 10px; margin: 16px 0; padding: 0; list-style: none; }
.tiles li { background: var(--panel); border-radius: 8px; padding: 10px 14px; }
.tiles strong { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
.tiles strong { white-space: nowrap; }
.tiles span { color: var(--quiet); font-size: .875rem; display: block; }
.judged { color: var(--quiet); font-size: .8125rem; } .tiles .judged { margin-top: 4px; font-size: .8125rem; line-height: 1.35; }
.judged.good, .tiles .judged.good { color: var(--good); } .judged.open, .tiles .judged.open { color: var(--open); } .judged.bad, .tiles .judged.bad { color: var(--bad); }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 0; list-style: none; font-size: .9rem; }
a { color: var(--link); }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 14px; margin: 12px 0; }
figure { margin: 0; }
.chart { background: var(--panel); border-radius: 8px; padding: 12px; max-width: 560px; }
.chart:has(.wide) { max-width: none; }
.chart svg { display: block; width: 100%; height: auto; }
.chart figcaption { font-weight: 600; font-size: .9rem; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 2px 0 0; padding: 0; list-style: none; font-weight: 400; font-size: .8125rem; color: var(--quiet); }
.legend li::before { content: ''; display: inline-block; width: 12px; height: 4px; border-radius: 2px; margin-right: 6px; vertical-align: middle; background: var(--quiet); }
.legend .series-1::before { background: var(--series-1); } .legend .series-2::before { background: var(--series-2); } .legend .faint::before { background: var(--faint); }
.legend .quiet { font-size: inherit; }
.narrow { display: none; }
.scroll { overflow-x: auto; margin: 10px 0; background:
  linear-gradient(90deg, var(--paper) 40%, transparent) left / 30px 100% no-repeat local, linear-gradient(-90deg, var(--paper) 40%, transparent) right / 30px 100% no-repeat local,
  linear-gradient(90deg, rgba(128, 128, 128, .35), transparent) left / 9px 100% no-repeat scroll, linear-gradient(-90deg, rgba(128, 128, 128, .35), transparent) right / 9px 100% no-repeat scroll; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); font-size: .8125rem; padding-bottom: 4px; }
th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
thead th { color: var(--quiet); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 500; min-width: 8em; max-width: 22em; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
td { min-width: 3.2em; } td:last-child:not(.number) { min-width: 11em; }
.matrix th, .matrix td { padding: 4px 8px; text-align: center; border: 1px solid var(--paper); }
.matrix tbody th { text-align: right; white-space: nowrap; min-width: 0; max-width: 12em; overflow: hidden; text-overflow: ellipsis; }
.matrix thead span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 10em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; display: inline-block; }
.matrix tbody td { background: var(--panel); } .matrix td, .matrix td:last-child:not(.number) { min-width: 2.6em; }
${Array.from({ length: 9 }, (_, index) => {
  const strength = (0.08 + (0.42 * index) / 8).toFixed(2);
  return `.right.shade-${index + 1} { background: rgba(var(--shade), ${strength}); } .wrong.shade-${index + 1} { background: rgba(var(--shade-bad), ${strength}); }`;
}).join('\n')}
.paths { margin: 0; padding: 0; list-style: none; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(164px, 1fr)); gap: 14px; padding: 0; list-style: none; }
.pictures img { display: block; max-width: 100%; height: auto; border-radius: 6px; margin-bottom: 6px; }
.pictures figcaption { font-size: .875rem; line-height: 1.35; }
.pictures figcaption .quiet, .pictures code { display: block; font-size: .75rem; }
.missing { background: var(--panel); border-radius: 6px; padding: 20px 10px; font-size: .8125rem; margin: 0 0 6px; }
code, pre { font-family: ui-monospace, monospace; font-size: .8125rem; overflow-wrap: anywhere; }
pre { background: var(--panel); padding: 12px; border-radius: 8px; overflow-x: auto; }
dl { display: grid; grid-template-columns: minmax(110px, max-content) 1fr; gap: 4px 18px; font-size: .9rem; }
dt { color: var(--quiet); } dd { margin: 0; min-width: 0; }
summary { cursor: pointer; color: var(--link); margin: 6px 0; }
footer { margin-top: 40px; padding-bottom: 32px; color: var(--quiet); font-size: .8125rem; }
@media (max-width: 640px) {
  header, main, footer { padding-left: 14px; padding-right: 14px; }
  .wide { display: none; } .narrow { display: block; }
  .pictures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; }
}
@media print {
  :root {
    --paper: #ffffff; --panel: #f5f6f8; --ink: #000000; --quiet: #444444; --grid: #cccccc; --faint: #7d8694; --link: #000000;
    --series-1: #1f6fd1; --series-2: #c2570c; --good: #1d7a3e; --open: #8a5a00; --bad: #b3261e; --shade: 31, 111, 209; --shade-bad: 194, 87, 12;
  }
  body { font-size: 11pt; } nav { display: none; }
  .chart, .pictures li, tr { break-inside: avoid; } h2, h3 { break-after: avoid; } .scroll { overflow: visible; background: none; }
}
`;
