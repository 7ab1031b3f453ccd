/**
 * Orthogonal matrices, for initializers.
 *
 * QR decomposition by Householder reflections, in single precision and in the order of LAPACK's
 * sgeqr2 and sorg2r (https://www.netlib.org/lapack/), which JAX calls. So small matrices have JAX's
 * numbers except for the last bits.
 */

const { fround, sqrt } = Math;

/** A matrix [rows, columns] in row-major order. */
interface Matrix {
  readonly elements: Float32Array;
  readonly columns: number;
  readonly rows: number;
}

/**
 * Reflects columns `first` and later of a matrix: C ← C - tau·v·(vᵀC).
 *
 * v starts in row k, with the element 1, and goes on in column k of `reflections`.
 */
const reflect = (
  { elements, rows, columns }: Matrix,
  first: number,
  reflections: Float32Array,
  k: number,
  tau: number,
): void => {
  for (let j = first; j < columns; j++) {
    let product = elements[k * columns + j];
    for (let i = k + 1; i < rows; i++)
      product = fround(product + fround(reflections[i * columns + k] * elements[i * columns + j]));
    const step = fround(tau * product);
    elements[k * columns + j] -= step;
    for (let i = k + 1; i < rows; i++) elements[i * columns + j] -= reflections[i * columns + k] * step;
  }
};

/**
 * Replaces column k of a matrix by the vector v that reflects it onto its first element, without
 * the leading 1 of v. Returns tau, and whether the first element of the reflected column is
 * negative.
 */
const makeReflection = (
  { elements, rows, columns }: Matrix,
  k: number,
): { readonly tau: number; readonly isNegative: boolean } => {
  const alpha = elements[k * columns + k];
  let squares = 0;
  for (let i = k + 1; i < rows; i++) squares += elements[i * columns + k] ** 2;
  const rest = fround(sqrt(squares));
  if (rest === 0) return { tau: 0, isNegative: alpha < 0 };
  const length = fround(sqrt(alpha * alpha + rest * rest));
  const beta = alpha < 0 ? length : -length;
  const scale = fround(1 / fround(alpha - beta));
  for (let i = k + 1; i < rows; i++) elements[i * columns + k] *= scale;
  return { tau: fround(fround(beta - alpha) / beta), isNegative: beta < 0 };
};

/** Returns Q of A = QR with a positive diagonal of R, for a matrix with rows ≥ columns. */
const orthonormalColumns = (given: Matrix): Float32Array => {
  const { rows, columns } = given;
  const factored: Matrix = { ...given, elements: given.elements.slice() };
  const made = Array.from({ length: columns }, (_, k) => {
    const reflection = makeReflection(factored, k);
    reflect(factored, k + 1, factored.elements, k, reflection.tau);
    return reflection;
  });
  const q: Matrix = { rows, columns, elements: new Float32Array(rows * columns) };
  for (let k = columns - 1; k >= 0; k--) {
    q.elements[k * columns + k] = 1;
    reflect(q, k, factored.elements, k, made[k].tau);
  }
  return q.elements.map((x, at) => (made[at % columns].isNegative ? -x : x));
};

/**
 * Returns the elements of a matrix [inputs, outputs] with orthonormal rows or columns.
 *
 * It is Q of the matrix A [long, short], whose elements are given, or its transpose.
 */
export const orthogonalElements = (elements: Float32Array, inputs: number, outputs: number): Float32Array => {
  const [rows, columns] = [Math.max(inputs, outputs), Math.min(inputs, outputs)];
  const q = orthonormalColumns({ elements, rows, columns });
  if (inputs > outputs) return q;
  return Float32Array.from(q, (_, at) => q[(at % outputs) * columns + Math.floor(at / outputs)]);
};
