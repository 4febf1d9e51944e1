/** When training has to end. */
export interface Limits {
  /** Milliseconds since the epoch. */
  deadline: number;
  /** Seconds from the end of training to the registered model. */
  endingSeconds: number;
}
