/** Temporal behind TLS, as anywhere but on one's own machine. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkout, startServers, type Servers } from '../../infra/stack.js';
import { OwnedProcess } from '../../infra/stack/ownedProcess.js';
import { waitUntil } from '../../infra/stack/waitUntil.js';
import { CommandsProcess } from '../commands/commands.js';
import type { Outcome } from '../stacks/runCommand.js';
import { stackUnavailable } from '../stacks/stackForTests.js';
import { makeCertificates, serverName, TlsTerminator, type Certificate } from '../stacks/tlsTerminator.js';

describe('Temporal behind TLS', { skip: stackUnavailable, concurrency: true }, () => {
  let folder: string;
  let servers: Servers;
  let commands: CommandsProcess;
  let ours: Awaited<ReturnType<typeof makeCertificates>>;
  let foreign: Awaited<ReturnType<typeof makeCertificates>>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graftwork-tls-'));
    commands = new CommandsProcess();
    [servers, ours, foreign] = await Promise.all([
      startServers({ directory: folder, s3: false }),
      makeCertificates(folder, 'ours'),
      makeCertificates(folder, 'foreign'),
    ]);
  });
  after(async () => {
    await commands[Symbol.asyncDispose]();
    await servers.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  });

  const terminator = (demands: { clientAuthority?: Certificate; apiKey?: string }) =>
    TlsTerminator.start({ target: servers.temporalAddress, server: ours.server, ...demands });
  const trusting = ({ address }: TlsTerminator, authority: Certificate): Record<string, string> => ({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_TLS_SERVER_NAME: serverName,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certificate,
  });
  const showing = ({ certificate, key }: Certificate): Record<string, string> => ({
    TEMPORAL_TLS_CLIENT_CERT_PATH: certificate,
    TEMPORAL_TLS_CLIENT_KEY_PATH: key,
  });
  const runs = (variables: Record<string, string>): Promise<Outcome> => commands.call(['runs', '--json'], variables);

  async function worker(variables: Record<string, string>, name: string): Promise<OwnedProcess> {
    const started = new OwnedProcess({
      name,
      program: process.execPath,
      args: [join(checkout, 'dist', 'worker', 'main.js'), '--pool', 'workflow'],
      env: { PATH: process.env.PATH, GRAFTWORK_HOME: folder, ...variables },
      cwd: folder,
      log: join(folder, 'logs', `${name}.log`),
      tellsReady: true,
    });
    await waitUntil(started, () => Promise.resolve(started.ready));
    return started;
  }

  /** Command and worker end with the reason, and without a secret. */
  async function refused(variables: Record<string, string>, name: string, told: RegExp, inLog: RegExp): Promise<void> {
    const [command] = await Promise.all([
      runs(variables),
      assert.rejects(worker(variables, name), inLog, `worker with ${name}`),
    ]);
    assert.equal(command.code, 1, name);
    assert.match(command.stderr, told);
    assert.doesNotMatch(command.stderr, /PRIVATE KEY|wrong-key|\n\s+at /);
  }

  test('with a client certificate of the right authority everybody comes in, without one nobody does', async () => {
    await using proxy = await terminator({ clientAuthority: ours.authority });
    const right = { ...trusting(proxy, ours.authority), ...showing(ours.client) };
    const [listed, served] = await Promise.all([runs(right), worker(right, 'right')]);
    assert.deepEqual([listed.code, listed.stdout.trim()], [0, '[]'], listed.stderr);
    await served.stop(10_000);
    const stranger = { ...trusting(proxy, ours.authority), ...showing(foreign.client) };
    await Promise.all([
      refused(
        trusting(proxy, ours.authority),
        'no certificate',
        /asks for a client certificate/,
        // The server's alert and the end of the connection race: a worker may see only the latter.
        /GW_TEMPORAL_UNREACHABLE/,
      ),
      refused(stranger, 'a foreign one', /refuses this client certificate/, /GW_TEMPORAL_UNREACHABLE/),
    ]);
  });

  test('a server that another authority vouches for is not believed', async () => {
    await using proxy = await terminator({});
    const trusts = trusting(proxy, foreign.authority);
    await refused(
      trusts,
      'wrong authority',
      /certificate is not trusted.*\n.*SERVER_CA_CERT/,
      /UnknownIssuer|certificate/,
    );
  });

  test('an API key goes with every request, and a wrong one is reported', async () => {
    await using proxy = await terminator({ apiKey: 'the-right-key' });
    const withKey = (key: string) => ({ ...trusting(proxy, ours.authority), TEMPORAL_API_KEY: key });
    const right = withKey('the-right-key');
    const [listed, served] = await Promise.all([runs(right), worker(right, 'right key')]);
    assert.equal(listed.code, 0, listed.stderr);
    await served.stop(10_000);
    await refused(
      withKey('wrong-key'),
      'wrong key',
      /refuses this client: no such key.*\n.*TEMPORAL_API_KEY/,
      /no such key/,
    );
  });
});
