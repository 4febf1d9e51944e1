/** Changes of the workflows that histories from before must not see; docs/operations.md says when one may go. */
export const patches = {
  /** Short fine-tunes before the first fine-tuning step of a run that chooses for itself. */
  fineTuneSearch: 'fine-tune-search',
  /** That a model waits for a person is written down before the wait begins. */
  waitingFirst: 'waiting-first',
  /** Each execution of a retraining has a training run of its own. */
  ownTrainingRun: 'own-training-run',
  /** A retraining ends by itself before Temporal ends it. */
  retrainInTime: 'retrain-in-time',
  /** A run that was reset goes on with the wait for approval that there is. */
  waitFoundAgain: 'wait-found-again',
  /** A retraining that was reset ends the training run it had started, and starts that very run again. */
  trainingRunAgain: 'training-run-again',
  /** A cancelled activity whose worker died ends as cancelled, and not as timed out or preempted. */
  cancelledInAnyCase: 'cancelled-in-any-case',
  /** A run that is paused while its model is judged promotes nothing until it is resumed. */
  pausedBeforeDecision: 'paused-before-decision',
  /** The trials of a search are activities of their own, side by side. */
  trialsSideBySide: 'trials-side-by-side',
  /** The number format is chosen while the source is ingested. */
  formatBesideIngest: 'format-beside-ingest',
  /** Validation pictures calibrate the model that is evaluated. */
  calibrated: 'calibrated',
  /** A temperature is fitted towards the one that is usual with the label smoothing of the last stage. */
  usualTemperature: 'usual-temperature',
  /** The folds of an evaluation hold out the test pictures as well. */
  foldsOfAll: 'folds-of-all',
  /** Labels that are probably wrong are counted once the features are there. */
  labelsReviewed: 'labels-reviewed',
  /** Those of pictures with several labels as well. */
  severalLabelsReviewed: 'several-labels-reviewed',
  /** The mean average precision of a multi-label run is in its memo, for lists of runs. */
  averagePrecisionListed: 'average-precision-listed',
} as const;
