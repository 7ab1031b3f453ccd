/** Accumulation of gradients over several batches. */
import {
  add,
  cond,
  div,
  greaterEqual,
  sub,
  type Tensor,
  tree,
  where,
  zeros,
  zerosLike,
} from '@mini/autograd';
import { asOp, checkInteger, checkObject } from '@mini/autograd/check';
import { isOptimizer, toTransformation } from './chain.ts';
import { checkLike, checkNames, checkOrder, checkStep } from './checks.ts';
import { countingSteps, optimizerFor } from './optimizer.ts';
import type { Memory, Optimizer, StepMemory, Transformation } from './types.ts';
import { hasKeys } from '../trees.ts';
import { MAX_STEPS } from '../schedules/schedule.ts';

/**
 * The memory of `multiSteps`: the number of gradients since the last step, their mean, and the
 * state of the transformation that takes the steps.
 */
export interface MultiStepsMemory<S> {
  readonly miniStep: Tensor;
  readonly accumulated: true;
  readonly inner: S;
}

/** `cond` of functions without operands, for trees of any type. */
type Choose = <T>(predicate: Tensor, onTrue: () => T, onFalse: () => T) => T;

const multiStepsFor = <S>(inner: Transformation<S>, every: number): Transformation<MultiStepsMemory<S>> => {
  const [init, update] = ['multiSteps.init', 'multiSteps.update'];
  return {
    init: <P>(params: P) => {
      checkLike(init, 'params', params, params);
      const accumulated = asOp(init, () => tree.map(zerosLike, params));
      return { miniStep: zeros([]), accumulated, inner: inner.init(params) } as Memory<
        MultiStepsMemory<S>,
        P
      >;
    },
    update: <P>(gradients: P, state: Memory<MultiStepsMemory<S>, P>, params: P) => {
      const miniStep = checkOrder(update, 'transformation', [gradients, state, params], () => {
        checkNames(update, ['miniStep', 'accumulated', 'inner'], state);
        checkLike(update, 'gradients', params, gradients);
        checkLike(update, 'accumulated', params, state.accumulated);
        return checkStep(update, 'miniStep', state.miniStep);
      });
      const before = state.inner as Memory<S, P>;
      // The number of the gradients so far, and their mean.
      const count = asOp(update, () => add(miniStep, 1));
      const average = (a: Tensor, g: Tensor): Tensor => add(a, div(sub(g, a), count));
      const accumulated = asOp(update, () => tree.map(average, state.accumulated as P, gradients));
      // A state of another run can have more gradients than `every`.
      const isLast = asOp(update, () => greaterEqual(count, every));
      const step = (): [P, Memory<S, P>] => inner.update(accumulated, before, params);
      // Without random keys, it is faster to compute the step every time, and to keep or drop it.
      const usesKeys = hasKeys(before);
      const [updates, after] = usesKeys ? (cond as Choose)(isLast, step, () => [gradients, before]) : step();
      checkObject(update, 'state of the transformation', after);
      const next = asOp(update, () => {
        return {
          // w + -0 is w, also for w = -0.
          updates: tree.map((u) => where(isLast, u, -0), updates),
          miniStep: where(isLast, 0, count),
          accumulated: tree.map((a) => where(isLast, 0, a), accumulated),
          inner: usesKeys ? after : tree.map((a, b) => where(isLast, a, b), after, before),
        };
      });
      const { updates: emitted, ...memory } = next;
      return [emitted, memory as Memory<MultiStepsMemory<S>, P>];
    },
  };
};

/**
 * Takes a step with the mean of `every` gradients, and leaves the parameters unchanged in between.
 *
 * This trains with large batches that do not fit into memory at once. Schedules count the steps
 * taken, not the gradients. For an optimizer, `state.inner.step` is the number of steps, and
 * `state.step` the number of gradients. Returns an optimizer for an optimizer, and a transformation
 * for a transformation. Mirrors optax.MultiSteps.
 *
 * @example
 * const { init, update } = multiSteps(sgd({ learningRate: 1 }), 2);
 * let [params, state] = [tensor(5), init(tensor(5))];
 * [params, state] = update(params, tensor(1), state);
 * console.log(params.item()); // → 5
 * [params, state] = update(params, tensor(3), state);
 * console.log(params.item()); // → 3
 */
export function multiSteps<S>(
  optimizer: Optimizer<S>,
  every: number,
): Optimizer<MultiStepsMemory<S & StepMemory>>;
export function multiSteps<S>(
  transformation: Transformation<S>,
  every: number,
): Transformation<MultiStepsMemory<S>>;
export function multiSteps<S>(
  part: Transformation<S> | Optimizer<S>,
  every: number,
): Transformation<MultiStepsMemory<S>> | Optimizer<MultiStepsMemory<S & StepMemory>> {
  const inner = toTransformation('multiSteps', 'transformation', part);
  checkInteger('multiSteps', 'every', every, 1, MAX_STEPS);
  if (!isOptimizer(part)) return multiStepsFor(inner, every);
  return optimizerFor('multiSteps', multiStepsFor(countingSteps('multiSteps', inner), every));
}
