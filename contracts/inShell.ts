/** Command lines in messages. Pure. */

/** An argument as a shell takes it, to be pasted: addresses of pictures are strangers' words. */
export function inShell(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
