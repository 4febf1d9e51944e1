/** Words and phrases that the project does not use, each with what to write instead. Case is ignored. */
export const terms: readonly (readonly [pattern: string, instead: string])[] = [
  ['told', 'reported'],
  ['tells', 'reports'],
  ['tell (of|you)', 'report'],
  ['mend(s|ed|ing)?', 'repair$1'],
  ['in\\s+vain', 'without success'],
  ['whoever', 'anyone who'],
  ['whichever\\s+way', 'either way'],
  ['goes\\s+without', 'does without'],
  ['left\\s+out:\\s+(no|not|none)', 'Default: `false`'],
  ['0:\\s+not', '`0` turns it off'],
];
