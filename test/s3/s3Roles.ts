/** The S3 server with the policies of infra/policies/, one identity for each. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../../infra/stack.js';
import { s3KeysOf, type S3Keys } from '../../infra/stack/servers/s3Keys.js';

export const roles = ['client', 'cpu-worker', 'gpu-worker', 'gc', 'forget'] as const;
export type Role = (typeof roles)[number];

export const roleKeys = Object.fromEntries(
  roles.map((role): [Role, S3Keys] => [
    role,
    { accessKeyId: `GW-${role}`, secretAccessKey: randomBytes(20).toString('hex') },
  ]),
) as Record<Role, S3Keys>;

/** The variables with which a process has a role. */
export function asRole(role: Role): Record<string, string> {
  const { accessKeyId, secretAccessKey } = roleKeys[role];
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}

/** What a role may do, as AWS has it. */
export function policyFile(role: Role): string {
  return join(checkout, 'infra', 'policies', `${role}.json`);
}

/** In SeaweedFS's own form; the folder's own keys may do everything. @returns the file */
export async function writeRoles(folder: string): Promise<string> {
  const administrator = s3KeysOf(join(folder, 's3-keys.json'));
  const credentials = ({ accessKeyId, secretAccessKey }: S3Keys) => [
    { accessKey: accessKeyId, secretKey: secretAccessKey },
  ];
  const policies = roles.map(async (name) => ({
    name,
    content: await readFile(policyFile(name), 'utf8'),
  }));
  const config = {
    identities: [
      { name: 'administrator', credentials: credentials(administrator), actions: ['Admin', 'Read', 'Write', 'List'] },
      ...roles.map((name) => ({ name, credentials: credentials(roleKeys[name]), actions: [], policyNames: [name] })),
    ],
    policies: await Promise.all(policies),
  };
  const file = join(folder, 's3-roles.json');
  await writeFile(file, JSON.stringify(config));
  return file;
}
