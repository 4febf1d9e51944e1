/** Characters of a keyword that Temporal keeps on Postgres and MySQL: it shows no workflow that has a longer one. */
const most = 255;

/**
 * A text as the value of a keyword search attribute, for those who write one and those who search by it. Of a longer text the
 * beginning and the end stay, which tell addresses apart. Pure.
 */
export function keywordOf(text: string): string {
  const characters = Array.from(text);
  if (characters.length <= most) return text;
  const beginning = Math.floor((most - 1) / 2);
  const end = most - 1 - beginning;
  return [...characters.slice(0, beginning), '…', ...characters.slice(-end)].join('');
}
