/** What `npm audit --json` says of the packages that are shipped. Pure. */

/**
 * @typedef {object} Verdict
 * @property {'clean' | 'vulnerable' | 'unknown'} state `unknown`: the registry could not be asked
 * @property {string[]} lines
 */

/** Below these a finding is reported, and fails nothing. */
const failing = ['high', 'critical'];

/**
 * @param {string} text the command's standard output
 * @returns {Verdict}
 */
export function auditVerdict(text) {
  const report = parse(text);
  if (report?.auditReportVersion === undefined) {
    const reason = typeof report?.message === 'string' ? report.message : 'no answer';
    return { state: 'unknown', lines: [`the registry did not answer the audit: ${reason}`] };
  }
  const found = Object.values(report.vulnerabilities ?? {});
  const lines = found.map(
    ({ name, severity, via, fixAvailable }) =>
      `${severity}: ${name} (${via.map((/** @type {any} */ one) => one.title ?? one).join('; ')})${fixAvailable ? ', a fix is available' : ''}`,
  );
  const state = found.some(({ severity }) => failing.includes(severity)) ? 'vulnerable' : 'clean';
  return { state, lines: lines.length === 0 ? ['no known vulnerability in what is shipped'] : lines };
}

/** @param {string} text @returns {any} */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
