/** The small files of a repository at one commit, kept on local disk: what they say is then known without the network. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../weights/download/replaceFile.js';

const snapshotSchema = z.strictObject({
  format: z.literal(1),
  repository: z.string(),
  /** What the revision stood for; where the hub does not say, the revision itself. */
  revision: z.string(),
  /** Text of each file that was asked for; null: there is none. */
  files: z.record(z.string(), z.string().nullable()),
  /** The file of weights; null: the repository has none that is read here. */
  weights: z
    .strictObject({ file: z.string(), sha256: z.string().optional(), bytes: z.number().int().optional() })
    .nullable(),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** A revision that always stands for the same bytes. */
export const isCommit = (revision: string | undefined): revision is string =>
  revision !== undefined && /^[0-9a-f]{40}$/.test(revision);

export class Snapshots {
  /** @param home Graftwork's home folder */
  constructor(private readonly home: string) {}

  /** What is known of a repository at a revision: of a commit what it has, of a branch what it had last. */
  async read(repository: string, revision: string): Promise<Snapshot | undefined> {
    const commit = isCommit(revision) ? revision : await this.recall(repository, revision);
    if (commit === undefined) return undefined;
    try {
      const found = snapshotSchema.parse(JSON.parse(await readFile(this.at(repository, commit), 'utf8')));
      return found.repository === repository && found.revision === commit ? found : undefined;
    } catch {
      // None, or damaged: the hub is asked again.
      return undefined;
    }
  }

  /** Keeps a snapshot of a commit, and that a revision led to it. */
  async write(snapshot: Snapshot, revision: string): Promise<void> {
    const { repository, revision: commit } = snapshot;
    if (!isCommit(commit)) return;
    await replaceFile(this.at(repository, commit), [Buffer.from(JSON.stringify(snapshot))]);
    if (!isCommit(revision)) await replaceFile(this.memory(repository, revision), [Buffer.from(commit)]);
  }

  /** Everything that was looked up here, by name; what is damaged is left out. */
  async list(): Promise<Snapshot[]> {
    const folder = path.join(this.home, 'weights', 'checkpoints');
    const found: Snapshot[] = [];
    for (const repository of (await readdir(folder).catch(() => [])).toSorted()) {
      const name = decodeURIComponent(repository);
      for (const file of (await readdir(path.join(folder, repository))).toSorted()) {
        const snapshot = file.endsWith('.json') ? await this.read(name, file.slice(0, -'.json'.length)) : undefined;
        if (snapshot !== undefined) found.push(snapshot);
      }
    }
    return found;
  }

  private async recall(repository: string, revision: string): Promise<string | undefined> {
    const text = await readFile(this.memory(repository, revision), 'utf8').catch(() => undefined);
    return isCommit(text) ? text : undefined;
  }

  private at(repository: string, commit: string): string {
    return path.join(this.folder(repository), `${commit}.json`);
  }

  private memory(repository: string, revision: string): string {
    return path.join(this.folder(repository), 'revisions', encodeURIComponent(revision));
  }

  private folder(repository: string): string {
    return path.join(this.home, 'weights', 'checkpoints', encodeURIComponent(repository));
  }
}
