/** Einstein summation. */
import { asOp, rangeError } from '../base/errors.ts';
import { checkSize, toTensor, wrongType } from '../core/check.ts';
import { describe } from '../base/describe.ts';
import { formatShape } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { eye } from './creation.ts';
import { matmul } from './linalg.ts';
import { sum } from './reduce.ts';
import { where } from './select.ts';
import { transpose, withShape } from './structure.ts';

/** A tensor with a letter for each of its axes. */
interface Labelled {
  readonly value: Tensor;
  readonly letters: readonly string[];
}

/**
 * Returns sums of products along named axes: einsum('ij,jk->ik', a, b) is the matrix product.
 *
 * Letters that are missing in the result are summed over. Without an arrow, the result has the
 * letters that occur once, in alphabetical order. A letter that occurs twice in one operand selects
 * its diagonal. Operands are combined from left to right. Throws a RangeError for subscripts that
 * are invalid or do not fit the shapes. Mirrors numpy.einsum without the ellipsis.
 *
 * @example
 * const a = tensor([[1, 2], [3, 4]]);
 * console.log(einsum('ij,j->i', a, tensor([1, 10])).toArray()); // → [ 21, 43 ]
 * console.log(einsum('ii', a).item()); // → 5
 */
export function einsum(subscripts: string, ...operands: readonly TensorLike[]): Tensor {
  if (typeof subscripts !== 'string') throw wrongType('einsum', 'subscripts', 'a string', subscripts);
  const match = /^([a-zA-Z]*(?:,[a-zA-Z]*)*)(?:->([a-zA-Z]*))?$/.exec(subscripts.replaceAll(' ', ''));
  if (match === null)
    throw rangeError(
      'einsum',
      `invalid subscripts: expected letters like 'ij,jk->ik', without '...', got ${describe(subscripts)}`,
    );
  const parts = match[1].split(',').map((part) => [...part]);
  if (parts.length !== operands.length) {
    throw rangeError(
      'einsum',
      `wrong number of operands: expected ${parts.length} for ${describe(subscripts)}, got ${operands.length}`,
    );
  }
  const inputs = operands.map((operand, i) => toTensor('einsum', operand, `operand ${i}`));
  checkSizes(subscripts, parts, inputs);
  const all = parts.flat();
  const target =
    match[2] === undefined
      ? [...new Set(all)].filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter)).sort()
      : [...match[2]];
  for (const [i, letter] of target.entries()) {
    if (!all.includes(letter))
      throw rangeError(
        'einsum',
        `unknown axis in the result: expected letters of operands, got ${letter} in ${describe(subscripts)}`,
      );
    if (target.indexOf(letter) !== i)
      throw rangeError(
        'einsum',
        `repeated axis in the result: expected each letter once, got ${letter} twice in ${describe(subscripts)}`,
      );
  }
  return asOp('einsum', () => contract(inputs, parts, target));
}

/**
 * Returns the sum of products of the operands.
 *
 * `parts` holds the letters of each operand's axes; the result has the axes `target`.
 */
const contract = (
  inputs: readonly Tensor[],
  parts: readonly (readonly string[])[],
  target: readonly string[],
): Tensor => {
  const labelled = inputs.map((value, i) => takeDiagonals({ value, letters: parts[i] }));
  const result = labelled.reduce((left, right, i) => {
    const later = labelled.slice(i + 1).flatMap(({ letters }) => letters);
    return combine(left, right, new Set([...target, ...later]));
  });
  const summed = sumOver(result, (letter) => !target.includes(letter));
  return transpose(
    summed.value,
    target.map((letter) => summed.letters.indexOf(letter)),
  );
};

/** Throws a RangeError unless each operand has a letter for each axis, and each letter one size. */
const checkSizes = (
  subscripts: string,
  parts: readonly (readonly string[])[],
  inputs: readonly Tensor[],
): void => {
  const sizes = new Map<string, number>();
  parts.forEach((letters, i) => {
    const { shape } = inputs[i];
    if (letters.length !== shape.length) {
      throw rangeError(
        'einsum',
        `wrong number of letters: expected ${shape.length} for operand ${i} of shape ${formatShape(shape)}, got ${letters.length} in ${describe(subscripts)}`,
      );
    }
    letters.forEach((letter, axis) => {
      const firstSize = sizes.get(letter) ?? shape[axis];
      if (firstSize !== shape[axis]) {
        throw rangeError(
          'einsum',
          `sizes of axis ${letter} differ: expected equal ones, got ${firstSize} and ${shape[axis]} for ${describe(subscripts)}`,
        );
      }
      sizes.set(letter, firstSize);
    });
  });
};

/** Sums over the axes whose letters `drop` selects. */
const sumOver = ({ value, letters }: Labelled, drop: (letter: string) => boolean): Labelled => {
  const axis = letters.flatMap((letter, a) => (drop(letter) ? [a] : []));
  return {
    value: axis.length === 0 ? value : sum(value, { axis }),
    letters: letters.filter((letter) => !drop(letter)),
  };
};

/**
 * Merges axes with the same letter: replaces elements off the diagonal by 0, and sums over the
 * second axis.
 */
const takeDiagonals = ({ value, letters }: Labelled): Labelled => {
  const second = letters.findIndex((letter, a) => letters.indexOf(letter) !== a);
  if (second < 0) return { value, letters };
  const first = letters.indexOf(letters[second]);
  const size = value.shape[second];
  const mask = withShape(
    eye(size),
    letters.map((_, a) => (a === first || a === second ? size : 1)),
  );
  return takeDiagonals({
    value: sum(where(mask, value, 0), { axis: second }),
    letters: letters.filter((_, a) => a !== second),
  });
};

/**
 * Combines two operands by one matrix product.
 *
 * Letters of both operands are the axes of its batch if `needed` contains them; otherwise the
 * product sums over them.
 */
const combine = (left: Labelled, right: Labelled, needed: ReadonlySet<string>): Labelled => {
  const a = sumOver(left, (letter) => !needed.has(letter) && !right.letters.includes(letter));
  const b = sumOver(right, (letter) => !needed.has(letter) && !left.letters.includes(letter));
  const shared = a.letters.filter((letter) => b.letters.includes(letter));
  const batch = shared.filter((letter) => needed.has(letter));
  const depth = shared.filter((letter) => !needed.has(letter));
  const rows = a.letters.filter((letter) => !shared.includes(letter));
  const columns = b.letters.filter((letter) => !shared.includes(letter));
  const sizes = (of: Labelled, letters: readonly string[]): number[] =>
    letters.map((letter) => of.value.shape[of.letters.indexOf(letter)]);
  const total = (of: Labelled, letters: readonly string[]): number =>
    sizes(of, letters).reduce((product, size) => product * size, 1);
  const arrange = (of: Labelled, ...groups: readonly (readonly string[])[]): Tensor =>
    withShape(
      transpose(
        of.value,
        groups.flat().map((letter) => of.letters.indexOf(letter)),
      ),
      groups.map((group) => total(of, group)),
    );
  const shape = checkSize('einsum', [...sizes(a, batch), ...sizes(a, rows), ...sizes(b, columns)]);
  const product = matmul(arrange(a, batch, rows, depth), arrange(b, batch, depth, columns));
  return {
    value: withShape(product, shape),
    letters: [...batch, ...rows, ...columns],
  };
};
