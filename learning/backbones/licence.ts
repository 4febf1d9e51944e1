/** Licences of weights, and what the Hugging Face Hub calls them: SPDX's identifiers in small letters. undefined: it has no word. */
const hubIdentifiers = {
  'Apache-2.0': 'apache-2.0',
  'Apple ASCL': 'apple-ascl',
  'BSD-3-Clause': 'bsd-3-clause',
  'BVLC, unrestricted use': undefined,
  'CC-BY-NC-4.0': 'cc-by-nc-4.0',
  'DINOv3 License': undefined,
  MIT: 'mit',
};

/** A licence that a network's published weights may have. */
export type Licence = keyof typeof hubIdentifiers;

/**
 * The Hub's word for a licence, however it is written.
 * @returns undefined for a licence the Hub has no word for, or that nobody knows
 */
export function licenceIdentifier(licence: string): string | undefined {
  const identifier = licence.toLowerCase();
  return Object.values(hubIdentifiers).find((known) => known === identifier);
}
