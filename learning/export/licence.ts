/** Licences that the Hugging Face Hub has a word for: SPDX's, in small letters. */
const identifiers = ['apache-2.0', 'bsd-3-clause', 'mit'];

/** @returns undefined for a licence the Hub has no word for, or that nobody knows */
export function licenceIdentifier(licence: string): string | undefined {
  const identifier = licence.toLowerCase();
  return identifiers.includes(identifier) ? identifier : undefined;
}
