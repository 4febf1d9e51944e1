/** Which folders of a source hold pictures, seen from paths alone. Pure. */

/** Papers that lie beside the pictures, and are no pictures with a missing label. */
const papers =
  /^(?:readme|licen[cs]e|copying|notice|changelog|citation|manifest)\b|\.(?:md|txt|csv|tsv|jsonl?|ndjson|ya?ml|xml|html?|pdf|docx?|xlsx?|ods|zip|tar|t?gz|7z|rar|py|ipynb|sha256|md5|log|mat|npy|npz|pkl|h5)$/i;

/** Whether a file's name says that it is no picture. */
export function isPaper(path: string): boolean {
  return papers.test(path.slice(path.lastIndexOf('/') + 1));
}

/** Names of the folders at a depth that hold pictures, at whatever depth below. */
export function foldersAt(paths: Iterable<string>, depth: number): Set<string> {
  const found = new Set<string>();
  for (const path of paths) {
    const parts = path.split('/');
    const folder = parts[depth];
    if (folder !== undefined && parts.length > depth + 1 && !isPaper(path)) found.add(folder);
  }
  return found;
}

/**
 * Of the folders of these names at a depth: names of the folders in them that hold pictures.
 * @param isSought whether a name in them counts
 */
export function foldersIn(
  paths: Iterable<string>,
  depth: number,
  of: ReadonlySet<string>,
  isSought: (name: string) => boolean = () => true,
): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const path of of.size === 0 ? [] : paths) {
    const parts = path.split('/');
    const [outer, inner] = [parts[depth], parts[depth + 1]];
    if (outer === undefined || inner === undefined || parts.length <= depth + 2 || !of.has(outer)) continue;
    if (!isSought(inner)) continue;
    if (!isPaper(path)) found.set(outer, (found.get(outer) ?? new Set()).add(inner));
  }
  return found;
}
