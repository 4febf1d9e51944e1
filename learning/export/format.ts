/** What a format of export is, and what it is made of. */
import type { InputSettings } from '../../contracts/spec/plan.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { plainThreshold } from '../metrics/multiLabel/decisions.js';
import type { Backbone } from '../backbones/architecture.js';
import type { ExportedNetwork } from './exportedNetwork.js';
import type { Preprocessing } from './preprocessing.js';

/** Everything that is said and done for one format; formats.ts lists them. */
export interface Format {
  /** What the folder holds, for the card; `size` stands for the edge of the input. */
  title: string;
  /** What the Hugging Face Hub calls the library that opens it. Default: the Hub has no word. */
  library?: string;
  /** @throws GW_EXPORT_UNSUPPORTED for a network the format cannot express */
  files: (model: ExportedModel) => FormatFiles;
  usage: (backbone: Backbone, input: InputSettings, model: UsedModel) => Usage;
}

/** What the lines that use a model depend on. */
export interface UsedModel {
  /** How many there are. */
  classes: number;
  /** Whether the model knows what is unlike its training pictures. */
  isUnlikeKnown: boolean;
  /** Whether a picture may have any number of them. */
  isMultiLabel: boolean;
}

export interface ExportFile {
  name: string;
  pieces: readonly Uint8Array[];
}

export interface FormatFiles {
  files: ExportFile[];
  layout: Preprocessing['layout'];
  /**
   * Looks at the files as they lie on disk.
   * @returns what is wrong with them; undefined: nothing
   */
  fault: (read: (name: string) => Promise<Buffer>) => Promise<string | undefined>;
}

export interface ExportedModel {
  card: ModelCard;
  network: ExportedNetwork;
  /** The registered safetensors file. */
  registered: Uint8Array;
  /** Of this program. */
  version: string;
}

/** How to use the model, for its card. */
export interface Usage {
  /** What must be installed. */
  needs: string;
  language: 'python' | 'js';
  code: string;
}

export function jsonFile(name: string, value: unknown): ExportFile {
  return { name, pieces: [Buffer.from(`${JSON.stringify(value, null, 2)}\n`)] };
}

/**
 * Limits of what a calibrated model's answers are doubted by, for the metadata of a file: `unlikeness` above the first, or a highest
 * probability below the second.
 *
 * @param written how the file has numbers
 */
export function doubtLimits<T>(
  { calibration }: Pick<ModelCard, 'calibration'>,
  written: (value: number) => T,
): { unlikenessLimit?: T; unsureBelow?: T } {
  if (calibration === undefined) return {};
  const { unlike, unsureBelow } = calibration;
  return {
    ...(unlike === undefined ? {} : { unlikenessLimit: written(unlike.limit) }),
    unsureBelow: written(unsureBelow),
  };
}

/** Of a multi-label model: the probability from which a picture is given each label. */
export function thresholdsOf({ classes, calibration }: ModelCard): readonly number[] {
  return calibration?.multiLabel?.thresholds ?? classes.map(() => plainThreshold);
}

/** Numbers as Python and JavaScript write them. */
export const listText = (values: readonly number[]): string => `[${values.join(', ')}]`;
