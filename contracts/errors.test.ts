import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asGraftworkError } from './errors.js';

function systemError(code: string, path?: string): Error {
  return Object.assign(new Error(`${code}: not here`), { code, ...(path === undefined ? {} : { path }) });
}

test('what the system refuses has codes of its own, unlike what is unforeseen', () => {
  for (const code of ['EACCES', 'EPERM', 'EROFS']) {
    const error = asGraftworkError(systemError(code, '/home/ann/.graftwork/tmp'));
    assert.deepEqual([error.code, error.retryable, error.exitCode], ['GW_FILE_DENIED', false, 2]);
    assert.match(error.message, /^\/home\/ann\/\.graftwork\/tmp cannot be used: E/);
    assert.match(error.remedy ?? '', /GRAFTWORK_HOME/);
  }
  assert.equal(asGraftworkError(systemError('ENOSPC', '/x')).code, 'GW_DISK_FULL');
  assert.equal(asGraftworkError(systemError('EACCES')).code, 'GW_INTERNAL', 'a port, and no file');
  assert.equal(asGraftworkError('?').code, 'GW_INTERNAL');
});
