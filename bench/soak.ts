/**
 * Kills processes of a whole stack at random instants, pauses, finishes and resets its runs, and compares what the runs make with
 * what undisturbed ones make.
 *
 *   npm run soak -- [--rounds 30] [--zombies 20] [--sets tiny,hymenoptera,vit] [--seed 0] [--json]
 *
 * Progress goes to stderr; the result, with --json as one JSON value, to stdout. Exits with 1 when anything was lost.
 */
import { parseArgs } from 'node:util';
import type { UserSpec } from '../contracts/spec/runSpec.js';
import { seeded } from '../test/fixtures/mutations.js';
import { quickSpec } from '../test/fixtures/quickSpecs.js';
import { sharedData, sharedDataMissing } from '../test/fixtures/sharedData.js';
import { StackForTests } from '../test/stacks/stackForTests.js';
import { WorkersForTests } from '../test/stacks/workersForTests.js';
import { zombieTrial } from '../test/stacks/zombieTrial.js';
import { disturb, isOrder } from './soak/disturbance.js';
import type { Made } from './soak/made.js';
import { orphansOf } from './soak/orphans.js';
import { RedoneWork } from './soak/redoneWork.js';
import { follow, forget, soakRound, type SoakSet } from './soak/soakRound.js';
import { Steering } from './soak/steering.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    zombies: { type: 'string', default: '0' },
    sets: { type: 'string', default: 'tiny,hymenoptera' },
    seed: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});
const zombies = Number(values.zombies);
const rounds = Number(values.rounds ?? (zombies > 0 ? 0 : 5));
const random = seeded(Number(values.seed));

const known: SoakSet[] = [
  {
    name: 'tiny',
    folder: sharedData('datasets/tiny'),
    spec: { ...quickSpec, name: 'soak-tiny', fineTune: [{ epochs: 12, batchSize: 4 }] } satisfies UserSpec,
  },
  {
    name: 'hymenoptera',
    folder: sharedData('datasets/hymenoptera'),
    spec: { name: 'soak-hymenoptera', head: { epochs: 10 }, fineTune: [{ epochs: 2 }] } satisfies UserSpec,
  },
  {
    // A true ViT-S: its blocks 8 to 11 train, by its family's own settings, on pictures of 16 patches.
    name: 'vit',
    folder: sharedData('datasets/tiny'),
    spec: {
      ...quickSpec,
      name: 'soak-vit',
      backbone: {
        name: 'vit_small_patch14_dinov2',
        weights: sharedData('weights/vit_small_patch14_dinov2.saliency.safetensors'),
      },
      preprocess: { resize: 64, crop: 56 },
      fineTune: [{ epochs: 60, batchSize: 4 }],
    } satisfies UserSpec,
  },
];
const wanted = values.sets.split(',');
const sets = known.filter(({ name }) => wanted.includes(name));
if (sets.length < wanted.length) throw new Error(`--sets takes some of ${known.map(({ name }) => name).join(', ')}`);

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

interface Summary {
  rounds: number;
  kills: number;
  /** Pauses, finishes and resets. */
  orders: number;
  lost: number;
  mismatches: number;
  orphans: number;
  redoneSecondsMax: number;
}

async function soak(): Promise<Summary> {
  const summary: Summary = { rounds: 0, kills: 0, orders: 0, lost: 0, mismatches: 0, orphans: 0, redoneSecondsMax: 0 };
  const stack = await StackForTests.start();
  const { graftwork, home } = stack;
  try {
    const undisturbed = new Map<string, Made>();
    for (const { name, folder, spec } of sets) {
      const run = await graftwork.train(folder, { spec });
      const began = performance.now();
      const made = await follow(graftwork, run, new RedoneWork(), (reason) => say(`${name}, undisturbed: ${reason}`));
      if (made === undefined) throw new Error('the undisturbed run was lost');
      undisturbed.set(name, made);
      say(`${name}, undisturbed: ${seconds(began)}, ${made.parameters.slice(0, 12)}`);
    }
    for (let round = 1; round <= rounds; round++) {
      await forget(graftwork, home);
      const began = performance.now();
      const end = new AbortController();
      const steering = new Steering(stack, random);
      const disturbing = disturb({
        ...{ home, random, steering },
        most: 3 + Math.floor(random() * 5),
        pause: [1, 12],
        signal: end.signal,
      });
      const outcome = await soakRound(graftwork, home, sets, undisturbed, steering).finally(() => end.abort());
      const done = await disturbing;
      summary.rounds += 1;
      summary.orders += done.filter(isOrder).length;
      summary.kills += done.filter((one) => !isOrder(one)).length;
      summary.lost += outcome.lost.length;
      summary.mismatches += outcome.mismatches.length;
      summary.orphans += outcome.orphans.length;
      summary.redoneSecondsMax = Math.max(summary.redoneSecondsMax, outcome.redoneSeconds);
      const trouble = [
        ...outcome.lost.map((reason) => `lost ${reason}`),
        ...outcome.mismatches.map((name) => `other bytes: ${name}`),
        ...outcome.orphans.map((command) => `orphan: ${command}`),
      ];
      say(
        `round ${round}: ${seconds(began)}, ${done.join(', ') || 'nothing happened'}; ` +
          `redone ${outcome.redoneSeconds.toFixed(1)} s; ${trouble.join('; ') || 'as undisturbed'}`,
      );
    }
  } finally {
    await stack.stop();
  }
  const left = await orphansOf(home);
  for (const { command } of left) say(`left after the stack's end: ${command.slice(0, 120)}`);
  summary.orphans += left.length;
  return summary;
}

async function zombieTrials(): Promise<{ trials: number; lateWrites: number; mismatches: number; unclean: number }> {
  const summary = { trials: 0, lateWrites: 0, mismatches: 0, unclean: 0 };
  const stack = await WorkersForTests.start();
  try {
    await stack.worker({ name: 'others', pools: ['workflow', 'cpu'] });
    let model: string | undefined;
    for (let trial = 1; trial <= zombies; trial++) {
      await forget(stack.graftwork, stack.folder);
      const began = performance.now();
      const steps = 4 + Math.floor(random() * 60);
      const sleepsOn = random() * 15_000;
      const outcome = await zombieTrial(stack, {
        images: sharedData('datasets/tiny'),
        seed: 0,
        epochs: 600,
        steps,
        sleepsOn,
      });
      // The same inputs each time: the first one's model is what all must make.
      model ??= outcome.model;
      summary.trials += 1;
      summary.lateWrites += outcome.lateWrites.length;
      summary.mismatches += outcome.model === model ? 0 : 1;
      summary.unclean += outcome.leftCleanly ? 0 : 1;
      say(
        `zombie ${trial}: ${seconds(began)}, stopped at step ${steps}, woken ${(sleepsOn / 1000).toFixed(1)} s after ` +
          `the takeover; ${outcome.lateWrites.join(', ') || 'no late write'}`,
      );
    }
  } finally {
    await stack.stop();
  }
  return summary;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(0)} s`;
}

if (sharedDataMissing !== false) throw new Error(sharedDataMissing);
const soaked = rounds > 0 ? await soak() : undefined;
const trials = zombies > 0 ? await zombieTrials() : undefined;
const result = { ...soaked, ...(trials === undefined ? {} : { zombies: trials }) };
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, undefined, 2)}\n`);
const bad =
  (soaked === undefined ? 0 : soaked.lost + soaked.mismatches + soaked.orphans) +
  (trials === undefined ? 0 : trials.lateWrites + trials.mismatches + trials.unclean);
process.exitCode = bad === 0 ? 0 : 1;
