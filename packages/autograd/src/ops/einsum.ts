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
 * its diagonal. '...' stands for leading axes, which broadcast and come first in the result.
 * Operands are combined from left to right. Throws a RangeError for subscripts that are invalid or
 * do not fit the shapes. Mirrors numpy.einsum.
 *
 * @example
 * const a = tensor([[1, 2], [3, 4]]);
 * console.log(einsum('ij,j->i', a, tensor([1, 10])).toArray()); // → [ 21, 43 ]
 * console.log(einsum('ii', a).item()); // → 5
 * console.log(einsum('...ij->...ji', zeros([5, 2, 3])).shape); // → [ 5, 3, 2 ]
 */
export function einsum(subscripts: string, ...operands: readonly TensorLike[]): Tensor {
  if (typeof subscripts !== 'string') throw wrongType('einsum', 'subscripts', 'a string', subscripts);
  const match = SUBSCRIPTS.exec(subscripts.replaceAll(' ', ''));
  if (match === null)
    throw rangeError(
      'einsum',
      `invalid subscripts: expected letters and '...' like 'ij,jk->ik', got ${describe(subscripts)}`,
    );
  const texts = match[1].split(',');
  if (texts.length !== operands.length) {
    throw rangeError(
      'einsum',
      `wrong number of operands: expected ${texts.length} for ${describe(subscripts)}, got ${operands.length}`,
    );
  }
  const tensors = operands.map((operand, i) => toTensor('einsum', operand, `operand ${i}`));
  const { inputs, parts, ellipsis } = expandEllipses(texts, tensors);
  checkSizes(subscripts, parts, inputs);
  const all = parts.flat();
  const isSingle = (letter: string): boolean => all.indexOf(letter) === all.lastIndexOf(letter);
  const letters = [...new Set(all)].filter((letter) => !ellipsis.includes(letter));
  const target =
    match[2] === undefined
      ? [...ellipsis, ...letters.filter(isSingle).sort()]
      : readLabels(match[2], ellipsis);
  if (!ellipsis.every((label) => target.includes(label)))
    throw rangeError(
      'einsum',
      `missing axes in the result: expected '...' after the arrow, got ${describe(subscripts)}`,
    );
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

/** Operands and a result: letters, with '...' at most once in each. */
const SUBSCRIPTS =
  /^((?:[a-z]*(?:\.{3}[a-z]*)?)(?:,[a-z]*(?:\.{3}[a-z]*)?)*)(?:->([a-z]*(?:\.{3}[a-z]*)?))?$/i;

/** Returns the letters of `text`, with the labels `ellipsis` instead of '...'. */
const readLabels = (text: string, ellipsis: readonly string[]): string[] => {
  const [before, after] = text.split('...');
  return after === undefined ? [...text] : [...before, ...ellipsis, ...after];
};

/**
 * Labels the axes that '...' stands for, counted from the last one, as in broadcasting.
 *
 * An axis of size 1 that is broadcast is dropped from its operand.
 */
const expandEllipses = (
  texts: readonly string[],
  tensors: readonly Tensor[],
): { inputs: Tensor[]; parts: string[][]; ellipsis: string[] } => {
  /** The number of axes that '...' stands for in operand i. */
  const extra = texts.map((text, i) =>
    text.includes('...') ? Math.max(0, tensors[i].ndim - (text.length - 3)) : 0,
  );
  const rank = Math.max(...extra);
  const ellipsis = Array.from({ length: rank }, (_, axis) => `...[${axis}]`);
  const labels = texts.map((text, i) => readLabels(text, ellipsis.slice(rank - extra[i])));
  const isRepeated = (label: string, axis: number, i: number): boolean =>
    ellipsis.includes(label) &&
    tensors[i].shape[axis] === 1 &&
    labels.some((other, j) => other.includes(label) && tensors[j].shape[other.indexOf(label)] !== 1);
  const keep = labels.map((part, i) => part.map((label, axis) => !isRepeated(label, axis, i)));
  return {
    inputs: tensors.map((x, i) =>
      withShape(
        x,
        x.shape.filter((_, axis) => keep[i][axis] ?? true),
      ),
    ),
    parts: labels.map((part, i) => part.filter((_, axis) => keep[i][axis])),
    ellipsis,
  };
};

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
