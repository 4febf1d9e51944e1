/** Licences as the Hugging Face Hub spells them. */
const identifiers: Readonly<Record<string, string>> = {
  'Apache-2.0': 'apache-2.0',
  'BSD-3-Clause': 'bsd-3-clause',
  MIT: 'mit',
};

/** @returns undefined for a licence the Hub has no word for, or that nobody knows */
export function licenceIdentifier(licence: string): string | undefined {
  return identifiers[licence];
}
