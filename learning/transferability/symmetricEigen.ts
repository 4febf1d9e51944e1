/**
 * Eigenvalues and eigenvectors of a real symmetric matrix, in float64: Householder reduction to tridiagonal form, then
 * implicit QL (Martin, Reinsch and Wilkinson 1968; Bowdler et al. 1968). O(n³); a second for n = 500.
 */
export interface SymmetricEigen {
  /** In no particular order. */
  values: Float64Array;
  /** Row i is the unit eigenvector of `values[i]`. Row-major, n × n. */
  vectors: Float64Array;
}

/** Iterations after which QL is known not to converge. */
const maximumIterations = 60;

/**
 * @param matrix row-major, n × n, symmetric; not changed
 * @throws RangeError when the matrix holds something that is not a finite number
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  if (!matrix.every(Number.isFinite)) throw new RangeError('the matrix holds something that is not a finite number');
  // Rows of `v` become eigenvectors: working on rows keeps every inner loop on consecutive memory.
  const v = Float64Array.from(matrix);
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  tridiagonalise(v, n, diagonal, offDiagonal);
  implicitQl(v, n, diagonal, offDiagonal);
  return { values: diagonal, vectors: v };
}

/** v ← Qᵀ, diagonal and offDiagonal ← T, with matrix = Q T Qᵀ. */
function tridiagonalise(v: Float64Array, n: number, d: Float64Array, e: Float64Array): void {
  const reflections: { pivot: number; vector: Float64Array; beta: number }[] = [];
  for (let k = 0; k < n - 1; k++) {
    const m = n - k - 1;
    const x = new Float64Array(m);
    for (let i = 0; i < m; i++) x[i] = v[(k + 1 + i) * n + k]!;
    const norm = Math.sqrt(dot(x, x));
    d[k] = v[k * n + k]!;
    const alpha = x[0]! > 0 ? -norm : norm;
    e[k] = alpha;
    if (norm === 0) continue;
    x[0]! -= alpha;
    const beta = 2 / dot(x, x);
    // The trailing block A ← H A H with H = I − β x xᵀ, as the rank-two update A − x wᵀ − w xᵀ.
    const p = new Float64Array(m);
    for (let i = 0; i < m; i++) {
      const row = v.subarray((k + 1 + i) * n + k + 1, (k + 1 + i) * n + n);
      p[i] = beta * dot(row, x);
    }
    const half = (beta / 2) * dot(p, x);
    for (let i = 0; i < m; i++) p[i]! -= half * x[i]!;
    for (let i = 0; i < m; i++) {
      const row = v.subarray((k + 1 + i) * n + k + 1, (k + 1 + i) * n + n);
      const [xi, pi] = [x[i]!, p[i]!];
      for (let j = 0; j < m; j++) row[j]! -= xi * p[j]! + pi * x[j]!;
    }
    reflections.push({ pivot: k + 1, vector: x, beta });
  }
  d[n - 1] = v[n * n - 1]!;
  e[n - 1] = 0;
  v.fill(0);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  // Qᵀ = H_last … H_first, and H acts on the columns from its pivot on: Qᵀ ← Qᵀ H, last reflection first.
  for (const { pivot, vector, beta } of reflections.reverse()) {
    for (let i = pivot; i < n; i++) {
      const row = v.subarray(i * n + pivot, i * n + n);
      const factor = beta * dot(row, vector);
      for (let j = 0; j < vector.length; j++) row[j]! -= factor * vector[j]!;
    }
  }
}

function implicitQl(v: Float64Array, n: number, d: Float64Array, e: Float64Array): void {
  // Relative to the whole matrix: next to eigenvalues that are zero, rounding errors never become small.
  const negligible =
    Number.EPSILON * d.reduce((most, value, i) => Math.max(most, Math.abs(value) + Math.abs(e[i]!)), 0);
  for (let l = 0; l < n; l++) {
    for (let iteration = 0; ; iteration++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]!) > negligible) m++;
      if (m === l) break;
      if (iteration === maximumIterations) throw new RangeError('the matrix has no finite eigenvalues');
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      let r = Math.hypot(g, 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? r : -r));
      let [sine, cosine, shift] = [1, 1, 0];
      let i = m - 1;
      for (; i >= l; i--) {
        const f = sine * e[i]!;
        const b = cosine * e[i]!;
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= shift;
          e[m] = 0;
          break;
        }
        sine = f / r;
        cosine = g / r;
        g = d[i + 1]! - shift;
        r = (d[i]! - g) * sine + 2 * cosine * b;
        shift = sine * r;
        d[i + 1] = g + shift;
        g = cosine * r - b;
        rotate(v.subarray(i * n, (i + 1) * n), v.subarray((i + 1) * n, (i + 2) * n), sine, cosine);
      }
      if (r === 0 && i >= l) continue;
      d[l]! -= shift;
      e[l] = g;
      e[m] = 0;
    }
  }
}

function rotate(a: Float64Array, b: Float64Array, sine: number, cosine: number): void {
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k]!, b[k]!];
    b[k] = sine * x + cosine * y;
    a[k] = cosine * x - sine * y;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
