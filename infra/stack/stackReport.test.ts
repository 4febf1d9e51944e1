/** Small files of a home on a disk that takes nothing more: /dev/full refuses every byte as such a disk does. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { eventually } from '../../test/stacks/processes.js';
import { OwnedProcess } from './ownedProcess.js';
import { s3KeysOf } from './servers/s3Keys.js';
import { StackReport } from './stackReport.js';
import type { StackState } from './stackState.js';
import { stackFile, writeStack } from './stackState.js';

const root = mkdtempSync(join(tmpdir(), 'graftwork-report-'));
after(() => rmSync(root, { recursive: true, force: true }));
const skip = existsSync('/dev/full') ? false : 'this system has no /dev/full';

function homeFor(name: string): string {
  const home = join(root, name);
  mkdirSync(home);
  return home;
}

/** The next file that is prepared beside `file` lies on a full disk; the one after it does not. */
function fill(file: string): void {
  symlinkSync('/dev/full', `${file}.new`);
}

const stateOf = (home: string, restarts: number): StackState =>
  ({ version: 1, home, workers: { cpu: { restarts } } }) as unknown as StackState;
const stored = (home: string): unknown => JSON.parse(readFileSync(stackFile(home), 'utf8'));

test(
  'a full disk leaves the earlier stack.json whole, and it is brought up to date when there is room',
  { skip },
  async () => {
    const home = homeFor('report');
    let restarts = 0;
    const said: string[] = [];
    const report = new StackReport(
      home,
      () => stateOf(home, restarts),
      (line) => said.push(line),
    );
    report.begin();
    fill(stackFile(home));
    restarts = 1;
    report.update();
    assert.deepEqual(stored(home), stateOf(home, 0));
    assert.equal(existsSync(`${stackFile(home)}.new`), false, 'nothing of 0 bytes is left');
    assert.match(said.join(), /^stack\.json cannot be written, trying again: ENOSPC/);
    await eventually('the state is written', async () => said.length > 1);
    assert.equal(said[1], 'stack.json is up to date again');
    assert.deepEqual(stored(home), stateOf(home, 1));
    report.end();
    assert.equal(existsSync(stackFile(home)), false);
  },
);

test('a stack that is no more is not written again', { skip }, () => {
  const home = homeFor('ended');
  const report = new StackReport(
    home,
    () => stateOf(home, 0),
    () => undefined,
  );
  report.end();
  report.update();
  assert.equal(existsSync(stackFile(home)), false);
});

test('a state that cannot be written fails the start of the stack', { skip }, () => {
  const home = homeFor('begin');
  fill(stackFile(home));
  assert.throws(() => writeStack(stateOf(home, 0)), { code: 'ENOSPC' });
  writeStack(stateOf(home, 0));
  assert.equal(statSync(stackFile(home)).mode & 0o777, 0o600);
});

test(
  'keys that a full disk did not take are drawn when there is room, also where an empty file is left',
  { skip },
  () => {
    const file = join(homeFor('keys'), 's3-keys.json');
    fill(file);
    assert.throws(() => s3KeysOf(file), { code: 'ENOSPC' });
    assert.equal(existsSync(file), false);
    writeFileSync(file, '');
    const keys = s3KeysOf(file);
    assert.deepEqual(s3KeysOf(file), keys);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    writeFileSync(file, '{"accessKeyId": "half');
    assert.throws(() => s3KeysOf(file), { code: 'GW_STACK', message: /does not hold S3 keys/ });
  },
);

test('a process whose starter cannot go on with it is not left behind', async () => {
  const home = homeFor('orphan');
  let pid = 0;
  const onStart = (started: number): void => {
    pid = started;
    throw new Error('no room');
  };
  const launch = { name: 'a sleeper', program: 'sleep', args: ['300'], env: process.env, cwd: home, onStart };
  assert.throws(() => new OwnedProcess({ ...launch, log: join(home, 'log') }), /no room/);
  await eventually('it has ended', async () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
});
