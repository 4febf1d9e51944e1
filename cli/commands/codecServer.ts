import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Command } from 'commander';
import { parseEnvironment } from '../../contracts/environment.js';
import { GraftworkError } from '../../contracts/errors.js';
import { defaultHome, readStack } from '../../infra/stack.js';
import { createCodecServer } from '../stack/codecServer.js';
import { answer, createCommand, say, wholeNumber } from '../base/command.js';
import { ListOption } from '../base/listOption.js';
import type { CommonOptions } from '../base/command.js';

interface Flags extends CommonOptions {
  host: string;
  port?: number;
  uiOrigin?: string[];
  allowAnonymous?: boolean;
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);
/** Characters: what cannot be guessed. */
const shortestToken = 16;

export function codecServerCommand(): Command {
  return createCommand(
    'codec-server',
    'Decrypt payloads for the Temporal UI and command line, until Ctrl-C. Callers have to send GRAFTWORK_CODEC_TOKEN.',
    'codec-server --port 8234 --ui-origin https://temporal.example.org',
  )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--port <port>',
      'port to listen on; default: where the embedded UI asks, else 8234',
      wholeNumber(0, 65_535),
    )
    .addOption(
      new ListOption(
        '--ui-origin <origin...>',
        'origins of pages that may ask; default: the embedded UI',
        (word) => !word.startsWith('-'),
      ),
    )
    .option('--allow-anonymous', 'serve without a token, on this machine only')
    .action(async (options: Flags) => {
      const { dataConverter } = await import('../../codec/dataConverter.js');
      const { codec } = dataConverter(process.env);
      if (!codec.isOn) {
        throw new GraftworkError('GW_USAGE', 'No key to decrypt with is set.', {
          remedy: 'Set GRAFTWORK_CODEC_KEYS or GRAFTWORK_CODEC_KEYS_FILE to the same keys as the workers.',
        });
      }
      const token = tokenFor(options);
      const stack = await readStack(defaultHome());
      const origins = options.uiOrigin?.map(originOf) ?? (stack === undefined ? [] : [stack.ui]);
      const server = createCodecServer({ codec, token, origins });
      server.listen(options.port ?? stack?.codecPort ?? 8234, options.host);
      await once(server, 'listening').catch((cause: Error) => {
        throw new GraftworkError('GW_USAGE', `The codec server cannot listen: ${cause.message}.`, {
          remedy: 'Choose another --port or --host.',
          cause,
        });
      });
      const { address, port, family } = server.address() as AddressInfo;
      const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
      answer(options, { url, origins, anonymous: token === undefined }, () => `codec server: ${url}`);
      say(
        `Serving ${origins.length === 0 ? 'programs only' : `programs and pages of ${origins.join(', ')}`}. Ctrl-C stops it.`,
      );
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
      server.closeAllConnections();
      server.close();
    });
}

/** @throws GraftworkError GW_USAGE, GW_ENVIRONMENT_INVALID where anybody could have everything decrypted */
function tokenFor({ host, allowAnonymous = false }: Flags): string | undefined {
  const { GRAFTWORK_CODEC_TOKEN: token } = parseEnvironment(process.env);
  if (token && token.length < shortestToken) {
    throw new GraftworkError(
      'GW_ENVIRONMENT_INVALID',
      `GRAFTWORK_CODEC_TOKEN has fewer than ${shortestToken} characters.`,
      {
        remedy: 'Create one with `openssl rand -hex 32`.',
      },
    );
  }
  if (token) return token;
  if (!allowAnonymous) {
    throw new GraftworkError('GW_USAGE', 'Without a token, anybody could decrypt payloads.', {
      remedy: 'Set GRAFTWORK_CODEC_TOKEN, or use --allow-anonymous on your own machine.',
    });
  }
  if (!loopback.has(host)) {
    throw new GraftworkError('GW_USAGE', `--allow-anonymous is for this machine only, not for ${host}.`, {
      remedy: 'Set GRAFTWORK_CODEC_TOKEN.',
    });
  }
  return undefined;
}

function originOf(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text).origin;
  throw new GraftworkError('GW_USAGE', `“${text}” is not the origin of a page.`, {
    remedy: 'Give scheme, host and port, for example --ui-origin https://temporal.example.org',
  });
}
