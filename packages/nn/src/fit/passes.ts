/** The compiled functions of `fit`: a training step, and an evaluation of a batch. */
import { jit, type Tensor, valueAndGrad } from '@mini/autograd';
import type * as random from '@mini/autograd/random';
import { checkTensor, describe, typeError } from '@mini/autograd/check';
import { type AnyNet, isNetwork } from '../layers/kinds.ts';
import type { Inputs } from './inputs.ts';
import type { Optimizer } from '../optimizers/types.ts';
import type { Scoring, Totals } from './scores.ts';

/** The tensors of a training: all that changes with a batch. */
export interface Tensors {
  readonly params: object;
  /** The state of the network. */
  readonly state: object;
  /** The memory of the optimizer. */
  readonly memory: object;
  /** The scores of the batches of this epoch. */
  readonly totals: Totals;
}

/** Returns the result of a function of the user, which must be a pair. */
const pairOf = <T extends readonly [unknown, unknown]>(what: string, expected: string, result: T): T => {
  if (!Array.isArray(result) || result.length !== 2)
    throw typeError('fit', `invalid result of ${what}: expected ${expected}, got ${describe(result)}`);
  return result;
};

/** Runs the network in training. */
const forward = (
  net: AnyNet,
  params: object,
  state: object,
  key: random.Key,
  x: Inputs,
): readonly [Tensor, object] => {
  // Its type is that of a network of one input.
  const input = x as Tensor;
  if (!isNetwork(net)) return [net.apply(params, input), state];
  return pairOf('train of the network', '[y, state]', net.train(params, input, { state, key }));
};

/** The loss of a batch before the update, and the tensors after it. */
export type Step = (
  tensors: Tensors,
  key: random.Key,
  x: Inputs,
  y: Tensor,
) => { readonly loss: Tensor; readonly tensors: Tensors };

/** Returns the compiled training step. It uses the memory of its first argument again. */
export const makeStep = (net: AnyNet, optimizer: Optimizer, scoring: Scoring): Step =>
  jit(
    function fitStep({ params, state, memory, totals }, key, x, y) {
      const lossOf = (p: object): [Tensor, { out: Tensor; next: object }] => {
        const [out, next] = forward(net, p, state, key, x);
        return [scoring.loss(checkTensor('fit', 'result of the network', out), y), { out, next }];
      };
      const [[loss, { out, next }], gradients] = valueAndGrad(lossOf, { hasAux: true })(params);
      const updated = optimizer.update(params, gradients, memory as never);
      const [nextParams, nextMemory] = pairOf('update of the optimizer', '[params, state]', updated);
      const nextTotals = scoring.add(totals, loss, out, y);
      return { loss, tensors: { params: nextParams, state: next, memory: nextMemory, totals: nextTotals } };
    } satisfies Step,
    { donate: 0 },
  );

/** Adds the scores of a batch to totals. */
export type Evaluation = (params: object, state: object, totals: Totals, x: Inputs, y: Tensor) => Totals;

/** Returns the compiled evaluation. */
export const makeEvaluation = (net: AnyNet, scoring: Scoring): Evaluation =>
  jit(function fitEvaluation(params, state, totals, x, y) {
    const input = x as Tensor;
    const out = isNetwork(net) ? net.evaluate(params, input, state) : net.apply(params, input);
    return scoring.add(totals, scoring.loss(out, y), out, y);
  } satisfies Evaluation);
