/** The looks of a review beside those of every report: cards with pictures side by side, and a bar that stays in sight. */
export const reviewStyle = `
.findings { list-style: none; padding: 0; margin: 12px 0; display: grid; gap: 14px; }
.finding { background: var(--panel); border-radius: 8px; border-left: 5px solid var(--grid); padding: 14px 16px; scroll-margin: 12px 0 90px; display: grid; gap: 10px 18px; grid-template-columns: minmax(0, auto) minmax(0, 1fr); }
.finding:focus { outline: 3px solid var(--link); outline-offset: 2px; }
.finding[data-decision=keep] { border-color: var(--good); } .finding[data-decision=relabel] { border-color: var(--open); } .finding[data-decision=drop] { border-color: var(--bad); }
.finding[data-decision=drop] .shown figure:first-child img { opacity: .45; }
.shown { display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-start; }
.shown figure { max-width: 240px; } .shown img { display: block; max-width: 100%; height: auto; border-radius: 4px; background: var(--grid); }
.shown .example { max-width: 120px; } .shown figcaption { font-size: .8125rem; color: var(--quiet); font-weight: 400; overflow-wrap: anywhere; }
.finding h3 { margin: 0; overflow-wrap: anywhere; } .finding h3 code { font-weight: 400; font-size: .8125rem; color: var(--quiet); display: block; }
.finding .why { padding-left: 18px; font-size: .9rem; }
.decide { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.decide button, .bar button, .decide select { font: inherit; font-size: .9375rem; min-height: 44px; padding: 6px 14px; border-radius: 8px; border: 1px solid var(--faint); background: var(--paper); color: var(--ink); max-width: 100%; }
.decide button[aria-pressed=true] { background: var(--link); border-color: var(--link); color: var(--paper); font-weight: 600; }
button:focus-visible, select:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
button:disabled { opacity: .5; }
kbd { font: .75rem system-ui, sans-serif; border: 1px solid currentColor; border-radius: 4px; padding: 0 5px; margin-left: 4px; opacity: .75; }
.choose { flex: 1 1 100%; } .choose summary { cursor: pointer; min-height: 44px; display: inline-flex; align-items: center; }
.choose fieldset { border: 1px solid var(--grid); border-radius: 8px; margin: 4px 0 0; padding: 6px 10px; display: flex; flex-wrap: wrap; gap: 0 14px; max-height: 40vh; overflow: auto; }
.choose label { min-height: 44px; display: inline-flex; align-items: center; gap: 6px; overflow-wrap: anywhere; } .choose input { width: 20px; height: 20px; }
.decision { font-weight: 600; } .decision:empty { display: none; }
.bar { position: sticky; bottom: 0; z-index: 1; background: var(--paper); border-top: 1px solid var(--grid); padding: 8px 20px; display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center; justify-content: center; }
.bar progress { width: 120px; accent-color: var(--good); } .bar #count { font-variant-numeric: tabular-nums; }
body:not(.scripted) .bar, body:not(.scripted) .decide, body:not(.scripted) .keys, .scripted .unscripted { display: none; }
.finding .missing { max-width: 240px; }
@media (max-width: 640px) {
  .finding { grid-template-columns: minmax(0, 1fr); padding: 12px; }
  kbd, .keys, .bar progress, .bar .long { display: none; }
  .decide button { flex: 1 1 28%; } .decide select { flex: 1 1 100%; }
  .bar { padding: 6px 8px; gap: 6px; } .bar button { padding: 6px 10px; }
}
@media print { .bar, .decide { display: none; } .finding { break-inside: avoid; } }
`;
