/** Blocks at starts that are computed: dynamicSlice and dynamicUpdateSlice. */
import { sizeOf, stridesOf } from '@mini/autograd/check';
import { sliceAxis, takeFlat } from '../arrays.ts';
import type { Shape, Target, Value } from '../target.ts';
import type { Rule } from './call.ts';
import { positionsIn, wrapped } from './gathering.ts';
import { scatterFlat } from './scattering.ts';

/** The positions of a block of x that begins at `starts`, [1 or count, ...block]. */
const blockPositions = (target: Target, shape: Shape, block: Shape, starts: Value): Value => {
  const strides = stridesOf(shape);
  let positions = positionsIn(target, [1, ...block], [0, ...strides]);
  shape.forEach((size, axis) => {
    const start = sliceAxis(target, starts, 1, { start: axis, end: axis + 1, step: 1 });
    const first = target.reshape(wrapped(target, start, size), [starts.shape[0], ...shape.map(() => 1)]);
    positions = target.binary(
      'add',
      positions,
      target.binary('mul', first, target.constant('index', [], [strides[axis]])),
    );
  });
  return positions;
};

/** Adds the distance between examples to positions in one example. */
const ofExamples = (target: Target, positions: Value, count: number, step: number): Value =>
  step === 0
    ? positions
    : target.binary(
        'add',
        positions,
        positionsIn(
          target,
          [count, ...positions.shape.slice(1).map(() => 1)],
          [step, ...positions.shape.slice(1).map(() => 0)],
        ),
      );

export const dynamicSlice: Rule = ({ target, inputs: [x, starts], count, shape }) => {
  const own = x.shape.slice(1);
  const block = blockPositions(target, own, shape, starts);
  const step = x.shape[0] === 1 ? 0 : sizeOf(own);
  const positions = target.broadcast(ofExamples(target, block, count, step), [count, ...shape]);
  return takeFlat(target, x, positions);
};

export const dynamicUpdateSlice: Rule = ({ target, inputs: [x, update, starts], count, shape }) => {
  const block = update.shape.slice(1);
  const positions = ofExamples(
    target,
    blockPositions(target, shape, block, starts),
    count,
    count === 1 ? 0 : sizeOf(shape),
  );
  const whole = target.broadcast(x, [count, ...shape]);
  const updates = target.broadcast(update, [count, ...block]);
  return scatterFlat(target, 'set', whole, updates, target.broadcast(positions, [count, ...block]));
};
