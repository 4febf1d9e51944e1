import { eigenCoordinates } from './algebra/eigenCoordinates.js';
import { membersOf, type LabelledFeatures } from './features.js';
import { gramOf, type Gram } from './gram.js';

/** Fixed-point iterations per class; the authors' bound. */
const maximumIterations = 11;
/** Relative change of α/β at which the iteration has converged. */
const convergence = 1e-3;
/** Keeps α and β finite when a class is fitted exactly. */
const guard = 1e-5;
/** α of features that are zero throughout. */
const least = 1e-100;

/**
 * LogME: the logarithm of the maximum evidence of a Bayesian linear model of the labels given the features, per image,
 * averaged over the classes; higher is more transferable. Fixed-point iteration of You et al. 2021 ("Ranking and Tuning
 * Pre-trained Models", alg. 3), numerically the authors' implementation. Of several labels an image each is a class of its own.
 */
export async function logme(features: LabelledFeatures, known?: Gram): Promise<number> {
  const gram = known ?? (await gramOf(features));
  const { dimensions, labels } = features;
  const members = membersOf(features);
  const { sigma, projections } = spectrum(features, gram, members);
  const sum = members.reduce(
    (total, own, c) => total + evidence(sigma, projections[c]!, own.length, labels.length, dimensions),
    0,
  );
  return sum / members.length;
}

interface Spectrum {
  /** Squared singular values of the features. */
  sigma: Float64Array;
  /** For each class, the squared coordinates of its indicator along the left singular vectors. */
  projections: Float64Array[];
}

/** From the smaller of the two Gram matrices, so that the cost is that of the smaller side. */
function spectrum(
  { features, dimensions, labels }: LabelledFeatures,
  { isTall, size, values: gram }: Gram,
  members: readonly (readonly number[])[],
): Spectrum {
  const classes = members.length;
  const targets = isTall ? classSums(features, dimensions, members) : indicators(labels.length, members);
  const { values, coordinates } = eigenCoordinates(gram, size, targets, classes);
  const sigma = values.map((value) => Math.max(value, 0));
  const largest = sigma.reduce((a, b) => Math.max(a, b), 0);
  const projections = Array.from({ length: classes }, (_, c) =>
    sigma.map((value, i) => {
      const x = coordinates[i * classes + c]!;
      if (!isTall) return x * x;
      // u = F v / s; a direction without extent has no left singular vector.
      return value > largest * Number.EPSILON ? (x * x) / value : 0;
    }),
  );
  return { sigma, projections };
}

/** Fᵀy for the classes' indicators y: row-major, d × classes. */
function classSums(f: LabelledFeatures['features'], d: number, members: readonly (readonly number[])[]): Float64Array {
  const classes = members.length;
  const sums = new Float64Array(d * classes);
  for (const [c, own] of members.entries()) {
    for (const row of own) for (let k = 0; k < d; k++) sums[k * classes + c]! += f[row * d + k]!;
  }
  return sums;
}

/** The classes' indicators: row-major, images × classes. */
function indicators(images: number, members: readonly (readonly number[])[]): Float64Array {
  const classes = members.length;
  const ones = new Float64Array(images * classes);
  for (const [c, own] of members.entries()) for (const row of own) ones[row * classes + c] = 1;
  return ones;
}

function evidence(sigma: Float64Array, x2: Float64Array, members: number, n: number, d: number): number {
  const residual = members - x2.reduce((sum, value) => sum + value, 0);
  let [alpha, beta, m2, res2] = [1, 1, 0, 0];
  for (let iteration = 0; iteration < maximumIterations; iteration++) {
    const t = alpha / beta;
    let gamma = 0;
    m2 = 0;
    res2 = residual;
    for (let i = 0; i < sigma.length; i++) {
      const [s, x] = [sigma[i]!, x2[i]!];
      gamma += s / (s + t);
      m2 += (s * x) / (t + s) ** 2;
      res2 += x / (1 + s / t) ** 2;
    }
    alpha = Math.max(gamma / (m2 + guard), least);
    beta = (n - gamma) / (res2 + guard);
    if (Math.abs(alpha / beta - t) / t <= convergence) break;
  }
  const logDeterminant = sigma.reduce((sum, s) => sum + Math.log(alpha + beta * s), 0);
  const total =
    (d / 2) * Math.log(alpha) +
    (n / 2) * Math.log(beta) -
    logDeterminant / 2 -
    (beta / 2) * res2 -
    (alpha / 2) * m2 -
    (n / 2) * Math.log(2 * Math.PI);
  return total / n;
}
