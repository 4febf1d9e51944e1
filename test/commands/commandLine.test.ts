/** The command line as a person meets it, on real servers but without workers: what it says, where, and how it ends. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startServers } from '../../infra/stack.js';
import type { Servers } from '../../infra/stack.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { openS3Connection } from '../../storage/s3/s3Connection.js';
import { CommandsProcess, ordinaryUser } from './commands.js';
import { deniedFiles, makeDeniedFiles } from './deniedFiles.js';
import { cardDraft } from '../fixtures/cardForTests.js';
import { eventually } from '../stacks/processes.js';
import { runCommand, type Outcome } from '../stacks/runCommand.js';
import { makeMistakenFolders, userMistakes, type Mistake } from './userMistakes.js';

let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'graftwork-cli-'));
});
after(() => rm(home, { recursive: true, force: true, maxRetries: 20 }));

// Side by side: they do nothing but wait, for the program to start or for a server that is not there.
describe('without a stack', { concurrency: true }, () => {
  const env = (): Record<string, string> => ({ GRAFTWORK_HOME: home, TEMPORAL_CONFIG_FILE: join(home, 'none.toml') });

  test('a mistyped command is answered with the nearest one, and exit code 2', async () => {
    const { code, stdout, stderr } = await runCommand(['trian'], env());
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /Unknown command 'trian'.*Did you mean train\?/);
    assert.doesNotMatch(stderr, / at .*:\d+:\d+/, 'no stack');
  });

  test('a folder that does not exist is reported before anything is started', async () => {
    const { code, stderr } = await runCommand(['train', 'no-such-folder'], env());
    assert.equal(code, 2);
    assert.match(stderr, /no-such-folder.*GW_SOURCE_NOT_FOUND/);
    assert.doesNotMatch(stderr, /starting/);
  });

  test('a mistake in a setting is reported before anything is started', async () => {
    const { code, stderr } = await runCommand(['train', '.', '--set', 'head.epoch=3'], env());
    assert.equal(code, 2);
    assert.match(stderr, /head\.epochs/);
  });

  test('a command that needs Temporal says how to start it; --json puts one JSON value on stdout', async () => {
    const { code, stdout, stderr } = await runCommand(['runs', '--json'], env());
    assert.equal(code, 1);
    const { error } = JSON.parse(stdout) as { error: { code: string; remedy: string } };
    assert.equal(error.code, 'GW_TEMPORAL_UNREACHABLE');
    assert.match(error.remedy, /graftwork up --detach/);
    assert.match(stderr, /GW_TEMPORAL_UNREACHABLE/);
  });

  test('a Temporal that does not answer is named by its address', async () => {
    const { code, stderr } = await runCommand(['runs'], { ...env(), TEMPORAL_ADDRESS: '127.0.0.1:1' });
    assert.equal(code, 1);
    assert.match(stderr, /127\.0\.0\.1:1\b.*GW_TEMPORAL_UNREACHABLE/);
  });
});

describe('with Temporal and S3', () => {
  let servers: Servers;
  let photos: string;
  let commands: CommandsProcess;
  before(async () => {
    commands = new CommandsProcess();
    servers = await startServers({ directory: join(home, 'servers') });
    photos = await makeFolder(join(home, 'photos'));
  });
  after(async () => {
    await commands[Symbol.asyncDispose]();
    await servers.stop();
  });
  const env = (): Record<string, string> => servers.environment;
  const called = (...args: string[]): Promise<Outcome> => commands.call(args, env());

  interface Listed {
    run: string;
    model: string;
    dataset: string;
    status: string;
  }

  /** What `runs` lists, which Temporal does a moment after it has begun a run. */
  async function listed(isThere: (found: Listed[]) => boolean): Promise<Listed[]> {
    let found: Listed[] = [];
    await eventually('the run is listed', async () => {
      const { stdout } = await called('runs', '--json');
      found = JSON.parse(stdout) as Listed[];
      return isThere(found);
    });
    return found;
  }

  async function start(...more: string[]): Promise<string> {
    const { code, stdout } = await called('train', photos, '--detach', '--json', ...more);
    assert.equal(code, 0);
    return (JSON.parse(stdout) as { run: string }).run;
  }

  test('a folder is uploaded once, and the run is listed with what it is about', async () => {
    const first = await runCommand(['train', photos, '--detach'], env());
    assert.equal(first.code, 0);
    assert.match(first.stderr, /4 files sent/);
    const second = await called('train', photos, '--detach', '--name', 'birds');
    assert.match(second.stderr, /in the bucket already/);

    const runs = await listed((found) => found.length === 2);
    assert.deepEqual(
      runs.map(({ model, status }) => [model, status]),
      [
        ['birds', 'running'],
        ['photos', 'running'],
      ],
    );
    assert.match(runs[0]?.run ?? '', /^train-birds-\d{8}-\d{6}-[0-9a-f]{16}$/);
    assert.equal(runs[0]?.dataset, runs[1]?.dataset);
    assert.match(runs[0]?.dataset ?? '', /^s3:\/\/graftwork\/uploads\/[0-9a-f]{64}$/);
  });

  test('Ctrl-C detaches: exit code 130, and how to find the run again', async () => {
    const { code, stderr } = await runCommand(['train', photos], env(), 'starting');
    assert.equal(code, 130);
    const id = /Run (train-\S+) continues/.exec(stderr)?.[1];
    assert.ok(id !== undefined, stderr);
    assert.match(stderr, new RegExp(`graftwork watch ${id}`));
    const runs = await listed((found) => found.some(({ run }) => run === id));
    assert.equal(runs.find(({ run }) => run === id)?.status, 'running');
  });

  test('without a worker, show says what Temporal knows, and steering says that no worker answers', async () => {
    const id = await start();
    const shown = await called('show', id, '--json');
    assert.equal(shown.code, 0);
    const result = JSON.parse(shown.stdout) as { run: string; status: string };
    assert.deepEqual([result.run, result.status], [id, 'running']);
    const paused = await called('pause', id);
    assert.equal(paused.code, 1);
    assert.match(paused.stderr, /GW_WORKER_AWAY/);
  });

  test('what does not exist is the user’s mistake', async () => {
    const mistakes = [
      [['show', 'train-nothing'], 'GW_RUN_NOT_FOUND'],
      [['predict', 'nothing', photos], 'GW_MODEL_NOT_FOUND'],
      [['datasets', 'show', 'abc'], 'GW_DATASET_NOT_FOUND'],
    ] as const;
    for (const [args, code] of mistakes) {
      const outcome = await called(...args);
      assert.equal(outcome.code, 2, args.join(' '));
      assert.match(outcome.stderr, new RegExp(code));
    }
  });

  test('no mistake of a person’s is a fault of Graftwork’s own: each has a code, and says what to do', async () => {
    const at = join(home, 'mistakes');
    await makeMistakenFolders(at);
    await registerModel(env(), 'kept');
    const mistakes = userMistakes(at);
    assert.ok(mistakes.length >= 100);
    assert.deepEqual(await wronglyAnswered(commands, mistakes), []);
  });

  const ordinary = ordinaryUser();
  test(
    'what may not be read or written is named, and what to do about it',
    { skip: ordinary === undefined && 'only root can run this here' },
    async () => {
      const at = join(home, 'denied');
      await makeDeniedFiles(at);
      await registerModel(env(), 'kept');
      await chmod(home, 0o755);
      await using theirs = new CommandsProcess(ordinary?.uid);
      assert.deepEqual(await wronglyAnswered(theirs, deniedFiles(at)), []);
    },
  );

  /** The mistakes whose answer has another code, or no remedy. */
  async function wronglyAnswered(by: CommandsProcess, mistakes: readonly Mistake[]): Promise<string[]> {
    const wrong: string[] = [];
    for (const { args, env: laidOver = {}, code } of mistakes) {
      const { code: exit, stdout } = await by.call([...args, '--json'], { ...env(), ...laidOver });
      const { error } = answerOf(stdout);
      if (error?.code === code && error.remedy !== null && exit !== 0) continue;
      const call = [...Object.entries(laidOver).map((pair) => pair.join('=')), ...args].join(' ');
      wrong.push(`${call.slice(0, 200)}: not ${code}, but ${error?.code}: ${error?.message}`);
    }
    return wrong;
  }

  test('a bucket that does not exist is named', async () => {
    const { code, stderr } = await runCommand(['train', photos], { ...env(), GRAFTWORK_BUCKET: 'no-such-bucket' });
    assert.equal(code, 2);
    assert.match(stderr, /no-such-bucket.*GW_S3_BUCKET_MISSING/s);
  });
});

interface Answer {
  error?: { code: string; message: string; remedy: string | null };
}

/** Of a command under `--json`; without an error where it is no JSON. */
function answerOf(stdout: string): Answer {
  try {
    return JSON.parse(stdout) as Answer;
  } catch {
    return {};
  }
}

async function registerModel(env: Record<string, string>, name: string): Promise<void> {
  const connection = openS3Connection(env);
  try {
    const store = new ObjectStore(env.GRAFTWORK_BUCKET ?? '', connection);
    await new ModelRegistry(store).register(cardDraft(name, 'train-kept'));
  } finally {
    connection.client.destroy();
  }
}

/** Two files are enough here: nobody looks into them. */
async function makeFolder(path: string): Promise<string> {
  for (const name of ['ants', 'bees']) {
    await mkdir(join(path, name), { recursive: true });
    for (const file of ['1.png', '2.png']) await writeFile(join(path, name, file), `${name} ${file}`);
  }
  return path;
}
