/** Transformations that keep running means: momentum, and averages of updates or parameters. */
import { add, div, mul, type Tensor, tree } from '@mini/autograd';
import { checkBoolean, checkOptions } from '@mini/autograd/check';
import { checkFraction } from '../checks.ts';
import { oneMinusPower, runningMean } from './moments.ts';
import { makeTransformation } from './transformation.ts';
import type { StepMemory, Transformation } from './types.ts';

/** The memory of momentum: the velocity of each parameter. */
export interface MomentumMemory {
  readonly velocity: true;
}

export interface TraceOptions {
  /** Whether to use Nesterov momentum. Default false. */
  readonly nesterov?: boolean;
}

/** `trace` whose errors start with `op`. */
export const traceFor = (op: string, decay: number, nesterov: boolean): Transformation<MomentumMemory> => {
  const push = (v: Tensor, g: Tensor): Tensor => add(mul(decay, v), g);
  return makeTransformation<MomentumMemory>(op, { velocity: 0 }, (gradients, state) => {
    const velocity = tree.map(push, state.velocity, gradients);
    return [nesterov ? tree.map(push, velocity, gradients) : velocity, { velocity }];
  });
};

/**
 * Momentum: v ← decay·v + g. Returns v, or decay·v + g for the new v with `nesterov`.
 *
 * Mirrors optax.trace.
 *
 * @example
 * import * as nn from '@mini/nn';
 *
 * // Gradient descent with momentum, as `sgd({ learningRate: 0.1, momentum: 0.9 })`.
 * const descent = optimizer(chain(nn.trace(0.9), scale(-0.1)));
 * const params = { w: tensor(1) };
 * const [first, state] = descent.update(params, { w: tensor(1) }, descent.init(params));
 * const [second] = descent.update(first, { w: tensor(1) }, state);
 * console.log(first.w.item().toFixed(2), second.w.item().toFixed(2)); // → 0.90 0.71
 */
export function trace(decay: number, options: TraceOptions = {}): Transformation<MomentumMemory> {
  checkFraction('trace', 'decay', decay);
  const { nesterov = false } = checkOptions('trace', options, ['nesterov']);
  checkBoolean('trace', 'nesterov', nesterov);
  return traceFor('trace', decay, nesterov);
}

export interface EmaOptions {
  /** Whether to correct the average for its start at zero. Default true. */
  readonly debias?: boolean;
}

/** The memory of `ema`: the average of the updates. */
export interface EmaMemory extends StepMemory {
  readonly average: true;
}

/**
 * Replaces updates with their exponential moving average: a ← decay·a + (1 - decay)·g.
 *
 * With `debias`, it returns a / (1 - decayⁿ) in step n. Mirrors optax.ema.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(chain(ema(0.9), scaleByLearningRate(0.1)));
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.7, 2.4]
 */
export function ema(decay: number, options: EmaOptions = {}): Transformation<EmaMemory> {
  checkFraction('ema', 'decay', decay);
  const { debias = true } = checkOptions('ema', options, ['debias']);
  checkBoolean('ema', 'debias', debias);
  const rounded = Math.fround(decay);
  return makeTransformation<EmaMemory>('ema', { step: 0, average: 0 }, (gradients, state) => {
    const step = add(state.step, 1);
    const average = runningMean(rounded, state.average, gradients);
    const correction = oneMinusPower(rounded, step);
    return [debias ? tree.map((a) => div(a, correction), average) : average, { step, average }];
  });
}

/** The memory of `emaOfParams`: the average of the parameters. */
export interface ParamsEmaMemory {
  readonly paramsEma: true;
}

/**
 * Keeps an exponential moving average of the parameters in the state, as `paramsEma`.
 *
 * Put it last in a chain: it averages the parameters after the step, and returns the updates
 * unchanged. The average starts at the first parameters: a ← decay·a + (1 - decay)·w. Averaged
 * parameters often predict better than the last ones. `fit` returns them in `optimizerState`.
 *
 * Source: Polyak and Juditsky 1992, https://doi.org/10.1137/0330046
 *
 * @example
 * const { init, update } = optimizer(chain(sgd({ learningRate: 1 }), emaOfParams(0.5)));
 * const params = { w: tensor(8) };
 * const [next, state] = update(params, { w: tensor(4) }, init(params));
 * console.log(next.w.item(), state.paramsEma.w.item()); // → 4 6
 */
export function emaOfParams(decay: number): Transformation<ParamsEmaMemory> {
  checkFraction('emaOfParams', 'decay', decay);
  return makeTransformation<ParamsEmaMemory>(
    'emaOfParams',
    { paramsEma: 'params' },
    (updates, state, params) => {
      const next = tree.map(add, params, updates);
      return [updates, { paramsEma: runningMean(Math.fround(decay), state.paramsEma, next) }];
    },
  );
}
