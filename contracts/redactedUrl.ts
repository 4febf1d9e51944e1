/** Addresses as messages may show them. */

/**
 * Without user name, password and query, all of which may be secret (a signed address is a key to what it names).
 * What is no address stays as it is.
 */
export function redactedUrl(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi, '$1…@').replace(/\?[^\s'"”]*/g, '?…');
}
