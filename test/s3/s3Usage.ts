/** What each role asks of the S3 server, seen by a proxy in front of it: what it is refused, and which of its rights it has no use for. */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { FaultProxy } from './faultProxy.js';
import { policyFile, roleKeys, roles, type Role } from './s3Roles.js';

interface Policy {
  Statement: { Action: string[]; Resource: string[] }[];
}

export class S3Usage {
  /** `role: action resource` of what a policy did not grant. */
  readonly refused: string[] = [];
  private readonly used = new Map<Role, Set<string>>(roles.map((role) => [role, new Set()]));

  private constructor(private readonly proxy: FaultProxy) {
    proxy.answered = (request, status) => this.saw(request, status);
  }

  /** @param target the server's endpoint */
  static async start(target: string): Promise<S3Usage> {
    return new S3Usage(await FaultProxy.start(target));
  }

  /** Where those are to ask that are looked at. */
  get endpoint(): string {
    return this.proxy.endpoint;
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
  }

  /** Rights of a role that were never made use of: `GetObject plans/*`. */
  async unused(role: Role): Promise<string[]> {
    const used = [...(this.used.get(role) ?? [])];
    return (await rightsOf(role)).filter((right) => !used.some((one) => matches(one, right)));
  }

  private saw({ method = '', url = '', headers }: IncomingMessage, status: number): void {
    const key = /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1];
    const role = roles.find((one) => roleKeys[one].accessKeyId === key);
    if (role === undefined) return;
    const { pathname, searchParams } = new URL(url, 'http://here');
    // `/bucket/key`, or the bucket alone.
    const [, bucket = '', object = ''] = /^\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(pathname)) ?? [];
    const right = `${actionOf(method, object !== '', searchParams)} ${object === '' ? bucket : object}`;
    if (status === 403) this.refused.push(`${role}: ${right}`);
    else this.used.get(role)?.add(right);
  }
}

async function rightsOf(role: Role): Promise<string[]> {
  const { Statement: statements } = JSON.parse(await readFile(policyFile(role), 'utf8')) as Policy;
  const rights = statements.flatMap(({ Action: actions, Resource: resources }) =>
    actions.flatMap((action) =>
      resources.map((arn) => `${action.replace('s3:', '')} ${arn.replace(/^arn:aws:s3:::(graftwork\/)?/, '')}`),
    ),
  );
  // It goes with writing: of a large object whose parts do not all arrive.
  return rights.filter((right) => !right.startsWith('AbortMultipartUpload '));
}

/** By Amazon's table of actions. */
function actionOf(method: string, hasKey: boolean, query: URLSearchParams): string {
  if (!hasKey) return query.has('uploads') ? 'ListBucketMultipartUploads' : 'ListBucket';
  if (method === 'GET' || method === 'HEAD') return 'GetObject';
  if (method === 'DELETE') return query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
  return 'PutObject';
}

/** A right with stars, as policies have them. */
function matches(used: string, right: string): boolean {
  return new RegExp(`^${right.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(used);
}
