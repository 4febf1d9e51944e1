/**
 * What runs in the page of a review: buttons and keys that decide, and the file of decisions. It is text, because it runs in a browser
 * and its digest stands in the page's policy. It reads the page and writes no markup, so no name in the data can become code.
 */
import { decisionColumns, decisionsFileName } from '../../../contracts/data/labelDecisions.js';
import { labelMark } from '../../../contracts/data/labelSets.js';

/** A function of the page, which the tests call too: rows of fields as a table. */
export const csvFunction = `function csvOf(rows) {
  const quoted = (field) => /[",\\r\\n;]|^\\s|\\s$/.test(field) ? '"' + field.replaceAll('"', '""') + '"' : field;
  return rows.map((row) => row.map(quoted).join(',') + '\\r\\n').join('');
}`;

export const script = `'use strict';
${csvFunction}
const cards = [...document.querySelectorAll('.finding')];
const classes = JSON.parse(document.getElementById('classes').textContent);
const place = 'graftwork-review-' + document.body.dataset.review;
const decided = new Map();
let at = -1;
let isSaved = true;

function load() {
  try {
    for (const [path, decision] of JSON.parse(localStorage.getItem(place) ?? '[]')) decided.set(path, decision);
  } catch {
    // A page that may keep nothing still decides and saves the file.
  }
}

function keep() {
  try {
    localStorage.setItem(place, JSON.stringify([...decided]));
  } catch {
    // As above.
  }
}

const mark = ${JSON.stringify(labelMark)};
const hasSeveral = document.querySelector('.choose') !== null;

function separate(label) {
  return label.split(mark).filter((name) => name !== '');
}

const text = {
  keep: () => 'Kept',
  drop: () => 'Dropped',
  relabel: ({ label }) => 'Relabelled: ' + (hasSeveral ? separate(label).join(' + ') || 'no label' : label),
};

function choices(card) {
  const place = card.querySelector('fieldset');
  if (place === null || place.childElementCount > 0) return;
  for (const name of classes) {
    const box = document.createElement('input');
    box.type = 'checkbox';
    box.value = name;
    const choice = document.createElement('label');
    choice.append(box, ' ', name);
    place.append(choice);
  }
  place.addEventListener('change', () => {
    const label = [...place.querySelectorAll(':checked')].map((box) => box.value).sort().join(mark) || mark;
    decide(card, label === card.dataset.given ? undefined : { decision: 'relabel', label });
  });
  show(card);
}

function choose(card) {
  const select = card.querySelector('select');
  if (select !== null) return select.focus();
  card.querySelector('.choose').open = true;
  choices(card);
  card.querySelector('input').focus();
}

function show(card) {
  const decision = decided.get(card.dataset.path);
  card.dataset.decision = decision?.decision ?? '';
  for (const button of card.querySelectorAll('button[data-decision]')) {
    const isIt = button.dataset.decision === decision?.decision && (button.dataset.decision !== 'relabel' || decision.label === card.dataset.suggested);
    button.setAttribute('aria-pressed', String(isIt));
  }
  const select = card.querySelector('select');
  if (select !== null) select.value = decision?.decision === 'relabel' && decision.label !== card.dataset.suggested ? decision.label : '';
  const chosen = separate(decision?.decision === 'relabel' ? decision.label : card.dataset.given);
  for (const box of card.querySelectorAll('input')) box.checked = chosen.includes(box.value);
  card.querySelector('.decision').textContent = decision === undefined ? '' : text[decision.decision](decision);
}

function showCount() {
  const count = cards.filter((card) => decided.has(card.dataset.path)).length;
  document.getElementById('count').textContent = count + ' of ' + cards.length + ' decided';
  document.getElementById('progress').value = count;
  document.getElementById('save').disabled = count === 0;
}

function decide(card, decision) {
  if (decision === undefined) decided.delete(card.dataset.path);
  else decided.set(card.dataset.path, { ...decision, sha256: card.dataset.sha256 });
  isSaved = false;
  keep();
  show(card);
  showCount();
}

function go(to) {
  if (cards.length === 0) return;
  at = Math.min(cards.length - 1, Math.max(0, to));
  cards[at].focus({ preventScroll: true });
  cards[at].scrollIntoView({ block: 'start' });
}

function nextOpen() {
  const next = cards.findIndex((card, index) => index > at && !decided.has(card.dataset.path));
  go(next === -1 ? at + 1 : next);
}

function act(card, key) {
  const { suggested } = card.dataset;
  if (key === 'k') decide(card, { decision: 'keep' });
  else if (key === 'd') decide(card, { decision: 'drop' });
  else if (key === 'r' && suggested !== '') decide(card, { decision: 'relabel', label: suggested });
  else if (key === 'r' || key === 'c') return choose(card);
  else if (key === 'u') return decide(card, undefined);
  else return false;
  nextOpen();
}

function save() {
  const rows = cards.flatMap(({ dataset: { path } }) => {
    const found = decided.get(path);
    return found === undefined ? [] : [[path, found.decision, found.label ?? '', found.sha256]];
  });
  const csv = csvOf([${JSON.stringify(decisionColumns)}, ...rows]);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }));
  link.download = ${JSON.stringify(decisionsFileName)};
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  isSaved = true;
  document.getElementById('saved').textContent = 'Saved ' + rows.length + ' to the downloads.';
}

load();
for (const [index, card] of cards.entries()) {
  const select = card.querySelector('select');
  if (select !== null) for (const name of classes) if (name !== card.dataset.given) select.add(new Option(name, name));
  card.querySelector('.choose')?.addEventListener('toggle', () => choices(card));
  for (const image of card.querySelectorAll('img[data-example]')) {
    const example = document.getElementById(image.dataset.example);
    if (example !== null) image.src = example.src;
  }
  card.addEventListener('focusin', () => { at = index; });
  card.addEventListener('click', ({ target }) => {
    const button = target.closest('button[data-decision]');
    if (button === null) return;
    at = index;
    const isIt = button.getAttribute('aria-pressed') === 'true';
    if (isIt) decide(card, undefined);
    else act(card, { keep: 'k', relabel: 'r', drop: 'd' }[button.dataset.decision]);
  });
  select?.addEventListener('change', () => {
    decide(card, select.value === '' ? undefined : { decision: 'relabel', label: select.value });
  });
  show(card);
}
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('textarea')) return;
  if (event.target.matches('select, input')) {
    if (event.key === 'Escape') go(at);
    return;
  }
  const key = event.key.toLowerCase();
  if (key === 'n' || key === 'arrowright') go(at + 1);
  else if (key === 'p' || key === 'arrowleft') go(at - 1);
  else if (key === 's') save();
  else if (at < 0 || act(cards[at], key) === false) return;
  event.preventDefault();
});
document.getElementById('next').addEventListener('click', () => go(at + 1));
document.getElementById('previous').addEventListener('click', () => go(at - 1));
document.getElementById('save').addEventListener('click', save);
window.addEventListener('beforeunload', (event) => {
  if (!isSaved) event.preventDefault();
});
document.body.classList.add('scripted');
showCount();
`;
