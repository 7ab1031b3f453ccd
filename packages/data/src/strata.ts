/** What the functions that split examples share: the examples, and those of each class. */
import { isTensor } from '@mini/autograd';
import { rangeError, wrongType } from '@mini/autograd/check';
import { type Examples, readExamples } from './examples.ts';
import { takeRows } from './rows.ts';
import { checkTable, isTable } from './table.ts';

/** Reads a table, or a tree of tensors with the same first axis. */
export const readData = (op: string, data: unknown): Examples<unknown> => {
  if (!isTable(data)) return readExamples(op, data);
  const table = checkTable(op, data);
  return { count: table.rows, take: (indices) => takeRows(table, Array.from(indices)) };
};

/** Returns the class of each example. */
export const readClasses = (op: string, stratify: unknown, count: number): ArrayLike<unknown> => {
  const classes = isTensor(stratify) ? stratify.data : stratify;
  if (!Array.isArray(classes) && !ArrayBuffer.isView(classes))
    throw wrongType(op, 'stratify', 'a list with a class for each example', stratify);
  const list = classes as unknown as ArrayLike<unknown>;
  if (list.length !== count)
    throw rangeError(
      op,
      `invalid stratify: expected ${count} classes, one for each example, got ${list.length}`,
    );
  return list;
};

/** Returns the positions in `order` of the examples of each class. */
export const positionsByClass = (
  order: Float32Array,
  classes: ArrayLike<unknown>,
): ReadonlyMap<unknown, readonly number[]> => {
  const groups = new Map<unknown, number[]>();
  order.forEach((example, position) => {
    const own = groups.get(classes[example]);
    if (own === undefined) groups.set(classes[example], [position]);
    else own.push(position);
  });
  return groups;
};
