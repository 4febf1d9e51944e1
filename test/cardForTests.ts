import type { ModelCard } from '../contracts/modelCard.js';
import { resolveSpec } from '../contracts/recipes.js';
import type { CardDraft } from '../storage/modelRegistry.js';

const digest = 'a'.repeat(64);

/** A complete card, of a model that there is not. */
export function card(name: string, run: string, version: number): ModelCard {
  return { ...cardDraft(name, run), version };
}

/** The same before it has a number. */
export function cardDraft(name: string, run: string): CardDraft {
  return {
    format: 1,
    name,
    createdAt: '2026-01-01T00:00:00.000Z',
    run,
    classes: ['ants', 'bees'],
    backbone: { name: 'resnet18', sha256: digest, source: 'a file', license: 'Apache-2.0', featureSize: 512 },
    input: { resize: 256, crop: 224, store: 256, interpolation: 'bilinear', mean: [0, 0, 0], std: [1, 1, 1] },
    parameters: { sha256: digest, bytes: 1, count: 1 },
    dataset: { version: digest, uri: 's3://b/p', counts: { train: 2, validation: 0, test: 2 }, quarantined: 0 },
    spec: resolveSpec({ dataset: { uri: 's3://b/p' } }),
    stages: [],
    evaluation: {
      format: 1,
      count: 2,
      top1: 1,
      interval: [0.3, 1],
      topK: {},
      loss: 0,
      perClass: [],
      macroF1: 1,
      confusion: [],
      calibration: { expectedCalibrationError: 0, bins: [] },
    },
    versions: {},
  };
}
