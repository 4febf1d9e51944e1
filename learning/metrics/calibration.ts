export interface CalibrationBin {
  low: number;
  high: number;
  count: number;
  /** Mean probability given to the predicted class; null for an empty bin. */
  confidence: number | null;
  /** Share of correct predictions; null for an empty bin. */
  accuracy: number | null;
}

export interface Calibration {
  expectedCalibrationError: number;
  bins: CalibrationBin[];
}

/**
 * Expected calibration error over bins of equal width (Guo et al. 2017, eq. 3): mean over images of
 * |accuracy − confidence| of the bin they fall into. Bin m holds confidences in ((m−1)/M, m/M].
 */
export function calibration(confidences: ArrayLike<number>, correct: ArrayLike<boolean>, binCount = 15): Calibration {
  const sums = Array.from({ length: binCount }, () => ({ count: 0, confidence: 0, correct: 0 }));
  for (let i = 0; i < confidences.length; i++) {
    const confidence = confidences[i] as number;
    const index = Math.min(binCount - 1, Math.max(0, Math.ceil(confidence * binCount) - 1));
    const bin = sums[index] as (typeof sums)[number];
    bin.count++;
    bin.confidence += confidence;
    bin.correct += correct[i] ? 1 : 0;
  }
  const bins = sums.map(({ count, confidence, correct: hits }, index) => ({
    low: index / binCount,
    high: (index + 1) / binCount,
    count,
    confidence: count === 0 ? null : Math.min(1, confidence / count),
    accuracy: count === 0 ? null : hits / count,
  }));
  const gaps = sums.reduce((sum, { confidence, correct: hits }) => sum + Math.abs(hits - confidence), 0);
  const expectedCalibrationError = confidences.length === 0 ? 0 : Math.min(1, gaps / confidences.length);
  return { expectedCalibrationError, bins };
}
