/**
 * The pins of a requirements file.
 * @param {string} text
 * @returns {{name: string, version: string, marker: string | undefined, hashes: string[]}[]}
 */
export function pins(text) {
  const logical = text.replace(/\\\n/g, ' ').split('\n');
  return logical
    .map((line) => line.replace(/(^|\s)#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [, name, version, rest] = /^([\w.-]+)==([\w.]+)(.*)$/.exec(line) ?? [];
      if (name === undefined || version === undefined || rest === undefined) throw new Error(`not a pin: ${line}`);
      const hashes = [...rest.matchAll(/--hash=sha256:([0-9a-f]{64})(?=\s|$)/g)].map((match) => match[1] ?? '');
      const marker = /;(.*?)(?=--hash|$)/.exec(rest)?.[1]?.trim();
      return { name, version, marker, hashes };
    });
}
