/** Files and folders that a person may not read or write, and calls that need them. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mistake } from './userMistakes.js';

/** Makes what {@link deniedFiles} names: `locked` may be neither read nor written, and in `sealed` nothing may be made. */
export async function makeDeniedFiles(at: string): Promise<void> {
  for (const folder of ['picture/ants', 'picture/bees', 'folder/ants', 'folder/bees', 'root/ants', 'sealed', 'open']) {
    await mkdir(join(at, folder), { recursive: true });
  }
  // Two a class: one alone cannot be learned from.
  const pictures = ['picture/ants/1.png', 'picture/ants/2.png', 'picture/bees/1.png', 'picture/bees/locked.png'];
  for (const name of [...pictures, 'folder/ants/1.png', 'folder/bees/1.png']) await writeFile(join(at, name), name);
  await writeFile(join(at, 'locked.yaml'), 'seed: 1\n');
  for (const name of ['picture/bees/locked.png', 'folder/bees', 'root', 'locked.yaml']) await chmod(join(at, name), 0);
  await chmod(join(at, 'sealed'), 0o555);
  await chmod(join(at, 'open'), 0o777);
}

/** What a person may not read or write. @param at where {@link makeDeniedFiles} made it */
export function deniedFiles(at: string): Mistake[] {
  const [picture, folder, root] = ['picture', 'folder', 'root'].map((name) => join(at, name)) as [
    string,
    string,
    string,
  ];
  const locked = join(picture, 'bees', 'locked.png');
  const sealed = join(at, 'sealed');
  const unreadable = (...lines: string[][]): Mistake[] => lines.map((args) => ({ args, code: 'GW_SOURCE_UNREADABLE' }));
  return [
    ...unreadable(
      ...[picture, folder, root, join(root, 'ants')].flatMap((source) => [
        ['train', source, '--detach'],
        ['datasets', 'sync', source, 's3://graftwork/photos'],
      ]),
      ...[locked, folder, root].map((source) => ['predict', 'kept@1', source]),
      ['datasets', 'find', locked],
      ['augment', picture, '--out', join(at, 'open', 'sheet.png')],
    ),
    { args: ['augment', picture, '--out', join(sealed, 'sheet.png')], code: 'GW_USAGE' },
    { args: ['report', 'train-nothing', '--out', join(sealed, 'report.html')], code: 'GW_USAGE' },
    {
      args: ['models', 'export', 'kept@1', '--format', 'onnx', '--out', join(sealed, 'kept')],
      code: 'GW_EXPORT_REFUSED',
    },
    { args: ['train', picture, '--spec', join(at, 'locked.yaml')], code: 'GW_SPEC_INVALID' },
    { args: ['runs'], env: { GRAFTWORK_CODEC_KEYS_FILE: join(at, 'locked.yaml') }, code: 'GW_ENVIRONMENT_INVALID' },
    { args: ['runs'], env: { TEMPORAL_CONFIG_FILE: join(at, 'locked.yaml') }, code: 'GW_ENVIRONMENT_INVALID' },
    { args: ['up', '--detach'], env: { GRAFTWORK_HOME: sealed }, code: 'GW_STACK' },
    { args: ['up', '--detach'], env: { GRAFTWORK_HOME: join(at, 'folder', 'ants', '1.png') }, code: 'GW_STACK' },
  ];
}
