/** Lines that say which step a command is in. */

/** Least time between two lines of the same step, in milliseconds. */
const lineInterval = 5_000;

/**
 * Says a step when it begins, and how far it is from time to time: what stands before a colon is the step.
 * @param now milliseconds
 */
export function stepLines(say: (line: string) => void, now: () => number = Date.now): (step: string) => void {
  let last = { kind: '', at: -Infinity };
  return (step) => {
    const kind = step.replace(/:.*/s, '');
    if (last.kind === kind && now() - last.at < lineInterval) return;
    last = { kind, at: now() };
    say(step);
  };
}
