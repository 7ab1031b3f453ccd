/** Orthogonal matrices, for initializers. */

/** Columns of a matrix, in double precision. */
type Columns = readonly Float64Array[];

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((total, x, i) => total + x * b[i], 0);

/**
 * Returns the columns of Q in the decomposition A = QR with a positive diagonal of R.
 *
 * The columns are made orthogonal one after another. Doing it twice keeps all digits: Giraud et al.
 * 2005, https://doi.org/10.1007/s00211-005-0615-4. A is [rows, columns], with rows ≥ columns.
 */
const orthogonalColumns = (elements: Float32Array, rows: number, columns: number): Columns => {
  const done: Float64Array[] = [];
  for (let j = 0; j < columns; j++) {
    const column = Float64Array.from({ length: rows }, (_, i) => elements[i * columns + j]);
    for (const q of [...done, ...done]) {
      const part = dot(q, column);
      for (let i = 0; i < rows; i++) column[i] -= part * q[i];
    }
    const length = Math.sqrt(dot(column, column));
    done.push(column.map((x) => x / length));
  }
  return done;
};

/**
 * Returns the elements of a matrix [inputs, outputs] with orthonormal rows or columns.
 *
 * It is Q of the matrix A [long, short], whose elements are given, or its transpose.
 */
export const orthogonalElements = (elements: Float32Array, inputs: number, outputs: number): Float32Array => {
  const isTall = inputs > outputs;
  const columns = isTall
    ? orthogonalColumns(elements, inputs, outputs)
    : orthogonalColumns(elements, outputs, inputs);
  return Float32Array.from({ length: inputs * outputs }, (_, at) => {
    const [i, j] = [Math.floor(at / outputs), at % outputs];
    return isTall ? columns[j][i] : columns[i][j];
  });
};
