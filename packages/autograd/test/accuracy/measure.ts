/** How accurate functions are, as their kernels compute them. */
import { type Tensor, tensor } from '../../src/index.ts';
import { allNumbers, allPairs, hardestAngles, numbersNear, turningPoints } from './samples.ts';
import { errorInUlps } from './ulp.ts';

/** An elementwise function, and how it is computed in double precision. */
export interface Subject {
  readonly name: string;
  readonly f: (...operands: Tensor[]) => Tensor;
  readonly operands: 1 | 2;
  readonly reference: (a: number, b: number) => number;
}

export interface Accuracy {
  readonly points: number;
  /**
   * Largest error in ulp; Infinity for a special value, such as NaN, that should not be there or is
   * missing.
   */
  readonly largest: number;
  /** The operands where it is. */
  readonly at: readonly number[];
  readonly mean: number;
  /** How many results are not the float32 number next to the exact result. */
  readonly misrounded: number;
}

/** Around each turning point, as many numbers as this on either side. */
const RADIUS = 500;

function* unarySamples(stride: number): Generator<[Float32Array]> {
  yield [numbersNear(turningPoints(), RADIUS)];
  yield [numbersNear(hardestAngles(), 1)];
  for (const block of allNumbers(stride)) yield [block];
}

/**
 * Measures a function on its whole domain, on one of `stride` numbers, or where all operands are at
 * most `within`.
 */
export const accuracyOf = (
  { f, operands, reference }: Subject,
  stride: number,
  within: number = Infinity,
): Accuracy => {
  let [points, total, misrounded, largest] = [0, 0, 0, -1];
  let at: readonly number[] = [];
  for (const sample of operands === 1 ? unarySamples(stride) : allPairs(stride)) {
    const inputs: readonly Float32Array[] =
      within === Infinity ? sample : sample.map((block) => block.filter((x) => Math.abs(x) <= within));
    const first = inputs[0];
    const last = inputs[inputs.length - 1];
    const found = f(...inputs.map((block) => tensor(block))).data;
    for (let i = 0; i < first.length; i++) {
      const expected = reference(first[i], last[i]);
      const error = errorInUlps(found[i], expected);
      total += error;
      if (!Object.is(found[i], Math.fround(expected))) misrounded++;
      if (error > largest) {
        largest = error;
        at = inputs.map((block) => block[i]);
      }
    }
    points += first.length;
  }
  return { points, largest, at, mean: total / points, misrounded };
};
