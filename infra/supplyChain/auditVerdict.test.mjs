import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditVerdict } from './auditVerdict.mjs';

const report = (/** @type {string[]} */ ...severities) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: Object.fromEntries(
      severities.map((severity) => [
        severity,
        { name: 'thing', severity, via: [{ title: 'a hole' }], fixAvailable: true },
      ]),
    ),
  });

test('a severe vulnerability fails the audit, a slight one is reported', () => {
  assert.equal(auditVerdict(report()).state, 'clean');
  assert.deepEqual(auditVerdict(report('moderate')), {
    state: 'clean',
    lines: ['moderate: thing (a hole), a fix is available'],
  });
  assert.equal(auditVerdict(report('moderate', 'high')).state, 'vulnerable');
});

test('a registry that does not answer is no clean bill, and no failure', () => {
  const refused = auditVerdict('{"message":"405 Method Not Allowed","error":{"summary":""}}');
  assert.deepEqual(refused, {
    state: 'unknown',
    lines: ['the registry did not answer the audit: 405 Method Not Allowed'],
  });
  assert.equal(auditVerdict('').state, 'unknown');
});
