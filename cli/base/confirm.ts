/** A question before something that cannot be undone. Scripts are not asked: they say what they want by calling the command. */
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Where a person would be asked. */
export interface Terminal {
  input: Readable & { isTTY?: boolean };
  output: Writable & { isTTY?: boolean };
}

/**
 * Asks a person at a terminal; the default answer is no. True without a question where input or output is no terminal.
 *
 * @param question without the choice of answers
 */
export async function confirmed(
  question: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<boolean> {
  if (input.isTTY !== true || output.isTTY !== true) return true;
  const lines = createInterface({ input, output });
  try {
    return await new Promise<boolean>((resolve) => {
      // The end of the input (Ctrl-D) and Ctrl-C are no consent.
      lines.once('close', () => resolve(false));
      lines.question(`${question} [y/N] `, (answer) => resolve(/^\s*y(?:es)?\s*$/i.test(answer)));
    });
  } finally {
    lines.close();
  }
}
