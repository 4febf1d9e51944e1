/** What a parser of command lines says of a call, in the words of this program's errors. Pure. */
import { isNear } from './nearest.js';

/** Commander's message as sentences. @param error a CommanderError */
export function usageText(error: { code: string; message: string }): string {
  // Help was printed because no command was given; there is nothing to add but what was missing.
  const message = error.code === 'commander.help' ? 'A command is missing.' : error.message.replace(/^error: /, '');
  const [first = '', ...suggestions] = message.split('\n').map((line) => line.replace(/^\((.*)\)$/, '$1'));
  const hints = suggestions.filter((hint) => isNearHint(first, hint));
  const sentence = first.charAt(0).toUpperCase() + first.slice(1).replace(/\.?$/, '.');
  return [sentence, ...hints].join(' ');
}

/** Commander suggests `finish` for `init`. @param first its message, which quotes what was written */
function isNearHint(first: string, hint: string): boolean {
  const given = /'([^']+)'/.exec(first)?.[1];
  const suggested = /^Did you mean (?:one of )?(.+)\?$/.exec(hint)?.[1];
  if (given === undefined || suggested === undefined) return true;
  return suggested.split(', ').some((one) => isNear(given, one));
}
