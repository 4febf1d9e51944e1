/**
 * Where everything lies in the bucket. Content keys are hex sha256 digests of everything that determines
 * the object's bytes, so a key that exists needs no further check of its inputs.
 */
export const objectKeys = {
  /** Root of a folder uploaded by the client; one file per relative path. */
  upload: (digest: string) => `uploads/${digest}`,
  /** Written anew whenever the folder is used: what was used lately is not collected. */
  uploadUse: (digest: string) => `uploads/${digest}.json`,

  datasetManifest: (version: string) => `datasets/${version}/manifest.json`,
  datasetImages: (version: string) => `datasets/${version}/images.jsonl`,
  datasetQuarantine: (version: string) => `datasets/${version}/quarantine.jsonl`,
  datasetDuplicates: (version: string) => `datasets/${version}/duplicates.jsonl`,
  /** Where and when the version was met, by the digest of the address. */
  datasetSightings: (version: string) => `datasets/${version}/sightings/`,
  datasetSighting: (version: string, address: string) => `datasets/${version}/sightings/${address}.json`,
  /** Pointer from the digest of (listing, ingest settings) to the version made of it. */
  datasetListing: (digest: string) => `datasets/listings/${digest}.json`,
  /** What a draw has decided about the pictures of a source, by the digests of its settings and of the source's address. */
  splitLedgers: (draw: string) => `datasets/splits/${draw}/`,
  splitLedger: (draw: string, address: string) => `datasets/splits/${draw}/${address}.json`,
  /** What is known of each object of a source (by etag), so that a re-ingest reads only what changed: in parts. */
  datasetInspections: (sourceDigest: string) => `datasets/inspections/${sourceDigest}/`,
  datasetInspectionsPart: (sourceDigest: string, digest: string) =>
    `datasets/inspections/${sourceDigest}/${digest}.json`,

  /** Tombstones of forgotten pictures, by the digest of their bytes. Never collected. */
  forgotten: 'forgotten/',
  tombstone: (sha256: string) => `forgotten/${sha256}.json`,

  /** Which augmentation validation favours. */
  augmentationChoice: (digest: string) => `augmentations/${digest}.json`,
  /** What a head with some settings makes of the validation pictures, or a model of a gate's test pictures: can be made again. */
  trial: (digest: string) => `trials/${digest}.json`,
  plan: (digest: string) => `plans/${digest}.json`,
  pixels: (digest: string) => `pixels/${digest}.safetensors`,
  features: (digest: string) => `features/${digest}.safetensors`,

  checkpointFolder: (stage: string) => `checkpoints/${stage}/`,
  checkpointManifest: (stage: string) => `checkpoints/${stage}/manifest.json`,
  checkpointData: (stage: string, digest: string) => `checkpoints/${stage}/${digest}.safetensors`,
  /** Written once, when the stage has ended: its presence means the stage is done. */
  stageResult: (stage: string) => `checkpoints/${stage}/result.json`,
  stageParameters: (stage: string, digest: string) => `checkpoints/${stage}/best-${digest}.safetensors`,

  runResult: (run: string) => `runs/${run}/result.json`,
  runSpec: (run: string) => `runs/${run}/spec.json`,
  /** What a person gave as the images of a run, or of a ranking, that were uploaded for it. */
  runSource: (run: string) => `runs/${run}/source.json`,
  evaluation: (digest: string) => `evaluations/${digest}.json`,
  /** Outcomes of the test pictures from this place on. */
  evaluationPart: (digest: string, start: number) => `evaluations/${digest}/${start}.json`,
  /** What the keys of an evaluation and of its parts begin with. */
  evaluationPrefix: (digest: string) => `evaluations/${digest}`,

  /** What was found of a source for a sample: can be made again. */
  ranking: (digest: string) => `rankings/${digest}.json`,
  /** Of finished runs, by their plan: what choices are learnt from. Nobody can make them again. */
  transferRecords: 'records/',
  transferRecord: (plan: string) => `records/${plan}.json`,

  models: 'models/',
  modelVersions: (name: string) => `models/${name}/versions/`,
  modelCard: (name: string, version: number) => `models/${name}/versions/${version}/card.json`,
  modelNumbers: (name: string) => `models/${name}/versions/numbers/`,
  /** Whose a number is, for ever: it outlives the card. */
  modelNumber: (name: string, version: number) => `models/${name}/versions/numbers/${version}.json`,
  /** Which number the model of a run has, by the digest of run, parameters and evaluation. */
  modelRegistration: (name: string, registration: string) =>
    `models/${name}/versions/registrations/${registration}.json`,
  /** What the gate or a person decided about a version. */
  modelDecision: (name: string, version: number) => `models/${name}/versions/${version}/decision.json`,
  /** Which version is in production, with the history of that. */
  production: (name: string) => `models/${name}/production.json`,
  /** What the last retraining made of which data. */
  retraining: (name: string) => `models/${name}/retraining.json`,
  modelParameters: (digest: string) => `models/parameters/${digest}.safetensors`,

  /** Written and deleted again by those who ask the store whether it honours conditions (storage/probe/). */
  probes: 'probes/',
  probe: (id: string) => `probes/${id}`,

  predictionImages: (id: string) => `predictions/${id}/images.json`,
  predictionInput: (id: string, index: number) => `predictions/${id}/input/${index}`,
  predictionOutput: (id: string) => `predictions/${id}/result.json`,
  predictionParts: (id: string) => `predictions/${id}/result/`,
  /** Answers for the images from this place of the list on. */
  predictionPart: (id: string, start: number) => `predictions/${id}/result/${start}.json`,
} as const;

/** Whether a key of Graftwork's bucket is of an object that Graftwork makes for itself: none of a person's pictures lies there. */
export function isOwnKey(key: string): boolean {
  return /^(?:datasets|forgotten|augmentations|trials|plans|pixels|features|checkpoints|runs|evaluations|rankings|records|models|predictions|probes)\//.test(
    key,
  );
}
