/** Progress on stderr, one line per event, so that stdout stays free for results (`--json`). */

/** @param {string} line */
export function say(line) {
  process.stderr.write(`setup: ${line}\n`);
}

/**
 * Runs one step, saying when it begins, that it is still at it (every ten seconds), and how long it took.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const began = performance.now();
  const seconds = () => `${Math.round((performance.now() - began) / 1000)} s`;
  say(`${title} …`);
  const beat = setInterval(() => say(`${title}: still running, ${seconds()}`), 10_000);
  try {
    const result = await work();
    say(`${title}: done, ${seconds()}`);
    return result;
  } finally {
    clearInterval(beat);
  }
}
