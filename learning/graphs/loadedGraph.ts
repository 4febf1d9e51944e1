/** A TensorFlow graph that is ready to run. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deleteGraph, loadGraph, runGraph, type Tensor } from '../tensorflow.js';
import { encodeSavedModel, servingTag, type GraphNode } from './savedModel.js';

/** Owns its session: call `dispose`. */
export class LoadedGraph {
  private readonly session: number;

  /** @param nodes in an order in which inputs come first */
  constructor(nodes: readonly GraphNode[]) {
    this.session = load(encodeSavedModel(nodes));
  }

  /**
   * @param inputs by the names of their placeholders; they stay the caller's
   * @param outputs names of nodes, or `name:index` of one of several outputs
   * @returns a tensor for each output; the caller's
   */
  run(inputs: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Tensor[] {
    return runGraph(this.session, inputs, outputs);
  }

  dispose(): void {
    deleteGraph(this.session);
  }
}

const prefix = 'graftwork-graph-';

/** TensorFlow reads graphs from folders only: one that is there for a moment. */
function load(savedModel: Uint8Array): number {
  removeAbandoned();
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), savedModel);
    return loadGraph(folder, servingTag);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What processes left behind that were killed in that moment. */
function removeAbandoned(): void {
  for (const entry of readdirSync(tmpdir())) {
    if (!entry.startsWith(prefix) || isAlive(Number.parseInt(entry.slice(prefix.length), 10))) continue;
    rmSync(join(tmpdir(), entry), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    // One that may not be asked is alive, and somebody else's.
    return (thrown as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
