/** How a family of networks is fine-tuned by those who published it. */

/** Settings of a fine-tune step, each as the spec's field of that name. What is left out is as without. */
export interface TuningSettings {
  readonly layerDecay?: number;
  readonly dropPath?: number;
  readonly clipNorm?: number;
}

/** What a network brings along for fine-tuning. It holds where the spec says nothing. */
export interface Tuning {
  readonly settings: TuningSettings;
  /** Where the settings are from, as a phrase for the documentation. */
  readonly source: string;
}
