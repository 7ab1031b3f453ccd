/**
 * Ops whose loops are functions of the library: one rule for each.
 *
 * Inside of `vmap`, operands have an axis of examples in front. To rules all ops are like that:
 * elsewhere there is one example, or the examples share an operand.
 */
import { sizeOf } from '@mini/autograd/check';
import type { Equation, Value as GraphValue } from '@mini/autograd/graph';
import { dynamicSlice, dynamicUpdateSlice } from './direct/blocks.ts';
import type { Call, Rule } from './direct/call.ts';
import { take, takeAlongAxis } from './direct/gathering.ts';
import { argExtremum, linearRecurrence, otherProducts, running, runningArgmax } from './direct/running.ts';
import { gatherAdjoint, scatterAlong, segmentSum } from './direct/scattering.ts';
import { argsort, permutation, searchRunningSums, topK } from './direct/sorting.ts';
import type { Shape, Target, Value } from './target.ts';

/** Returns an operand unchanged. The library also checks its elements, but targets cannot throw. */
const unchecked =
  (operand: number): Rule =>
  ({ target, inputs, count, shape }) =>
    target.broadcast(target.reshape(inputs[operand], [inputs[operand].shape[0], ...shape]), [
      count,
      ...shape,
    ]);

const RULES: Readonly<Record<string, Rule>> = {
  argmax: argExtremum('max'),
  argmin: argExtremum('min'),
  argsort,
  checkedCount: unchecked(0),
  checkedRange: unchecked(0),
  cummax: running('max', -Infinity),
  cumprod: running('mul', 1),
  cumsum: running('add', 0),
  dynamicSlice,
  dynamicUpdateSlice,
  gatherAdjoint,
  linearRecurrence,
  oneHot: unchecked(1),
  otherProducts,
  'random.bernoulli': unchecked(0),
  'random.categorical': unchecked(0),
  'random.choice': unchecked(0),
  'random.permutation': permutation,
  runningArgmax,
  scatterAdd: scatterAlong('add'),
  scatterSet: scatterAlong('set'),
  searchRunningSums,
  segmentSum,
  take,
  takeAlongAxis,
  topK,
};

/** The parameters of an op inside of `vmap`. */
interface BatchParams {
  readonly attrs: Readonly<Record<string, unknown>> | undefined;
  readonly count: number;
  readonly shapes: readonly Shape[];
  readonly isBatched: readonly boolean[];
}

const isBatch = (params: object): params is BatchParams =>
  'attrs' in params && 'isBatched' in params && 'shapes' in params;

/**
 * Returns all operands with one axis of examples, which is 1 if they share it, from the parameters
 * of an op inside of none, one or several calls of `vmap`; and the number of these calls.
 */
const unbatch = (
  target: Target,
  inputs: readonly Value[],
  given: Readonly<Record<string, unknown>>,
): Pick<Call, 'inputs' | 'count' | 'params'> & { readonly depth: number } => {
  const levels: BatchParams[] = [];
  let params: Readonly<Record<string, unknown>> = given;
  while (isBatch(params)) {
    levels.push(params);
    params = params.attrs ?? {};
  }
  const counts = levels.map(({ count }) => count);
  const count = sizeOf(counts);
  const operands = inputs.map((x, i) => {
    const isBatched = levels.map((level) => level.isBatched[i]);
    const axes = isBatched.filter((batched) => batched).length;
    const shape = x.shape.slice(axes);
    if (axes === 0) return target.reshape(x, [1, ...shape]);
    let next = 0;
    const sizes = isBatched.map((batched) => (batched ? x.shape[next++] : 1));
    const whole = target.broadcast(target.reshape(x, [...sizes, ...shape]), [...counts, ...shape]);
    return target.reshape(whole, [count, ...shape]);
  });
  return { inputs: operands, count, params, depth: levels.length };
};

/** Computes an op by its rule; returns undefined if it has none. */
export const lowerDirect = (
  target: Target,
  { op, params, outputs }: Equation,
  inputs: readonly Value[],
): Value | undefined => {
  const rule = RULES[op];
  if (rule === undefined) return undefined;
  const { depth, ...call } = unbatch(target, inputs, params);
  const [{ shape }]: readonly GraphValue[] = outputs;
  const own = shape.slice(depth);
  const result = rule({ ...call, target, shape: own });
  return target.reshape(target.broadcast(result, [call.count, ...own]), shape);
};
