/** Runs the loop of a `scan`: compiled, op by op, for all examples of `vmap`, and backwards. */
import { addPlace } from '../base/errors.ts';
import type { Shape } from '../base/shape.ts';
import { withoutRecord } from '../core/bind.ts';
import { type Examples, type LeafFunction, currentInterpreter } from '../core/interpreter.ts';
import { keepReplaced, resolve } from '../core/replaced.ts';
import { areRecorded, atPlace, isRecording, nextRecordId, recording } from '../core/record.ts';
import type { OpRecord, Pullbacks, Tensor } from '../core/tensor.ts';
import { zeros } from '../ops/creation.ts';
import { stack } from '../ops/joining.ts';
import { moveaxis } from '../ops/rearranging.ts';
import { slice } from '../ops/slicing.ts';
import { variable } from '../transforms/variable.ts';
import { type Body, traceBody } from './body.ts';
import { differingOutputs, enterAll, isDifferentiating, leaveAll, recordLoop } from './differing.ts';
import { bindHost, compileFor } from './host-op.ts';
import { keptProducts } from './kept-products.ts';
import { isRecordedTensor, stepBack } from './scan-step-back.ts';
import { pullTogether } from '../transforms/cotangents.ts';

/** A loop over leaves: `f` maps a carry and the elements of one step to a new carry and outputs. */
interface Loop {
  readonly f: LeafFunction;
  readonly carries: readonly Tensor[];
  readonly xs: readonly Tensor[];
  readonly length: number;
  readonly reverse: boolean;
}

interface LoopResults {
  /** The carries after the last step. */
  readonly carries: readonly Tensor[];
  /** The outputs of all steps, [length, ...shape]. */
  readonly ys: readonly Tensor[];
}

/** Returns the indices of the steps, in the order in which they run. */
const stepsOf = ({ length, reverse }: Pick<Loop, 'length' | 'reverse'>): number[] =>
  Array.from({ length }, (_, i) => (reverse ? length - 1 - i : i));

/** Runs a loop op by op. */
const unroll = (loop: Loop, yShapes: readonly Shape[]): LoopResults => {
  const count = loop.carries.length;
  let carries = loop.carries;
  const ys: (readonly Tensor[])[] = [];
  for (const step of stepsOf(loop)) {
    const place = `in step ${step} of scan`;
    let results: readonly Tensor[];
    try {
      const given = [...carries, ...loop.xs.map((x) => slice(x, step))];
      results = atPlace(place, () => loop.f(...given));
    } catch (error) {
      addPlace(error, place);
      throw error;
    }
    carries = results.slice(0, count);
    ys[step] = results.slice(count);
  }
  return {
    carries,
    ys: yShapes.map((shape, k) =>
      loop.length === 0 ? zeros([0, ...shape]) : stack(ys.map((own) => own[k])),
    ),
  };
};

/** Runs a loop with a compiled body, as one op. Its result holds the carries and all outputs. */
const runCompiled = (loop: Loop, body: Body, yShapes: readonly Shape[]): LoopResults => {
  const { length, reverse } = loop;
  const count = loop.carries.length;
  const carryShapes = loop.carries.map(({ shape }) => shape);
  const order = reverse ? 'from the last to the first' : 'from the first to the last';
  const compiled = compileFor('scan', `${length} times, ${order}`, body, count);
  const { program } = compiled;
  const shapes = [...carryShapes, ...yShapes.map((shape) => [length, ...shape])];
  const results = bindHost(
    'scan',
    [...loop.carries, ...loop.xs, ...body.captured],
    { steps: length, reverse, carries: count, xs: loop.xs.length },
    shapes,
    [compiled],
    (out, ...inputs) => program.repeat({ xs: loop.xs.length, length, reverse }, out, inputs),
  );
  return { carries: results.slice(0, count), ys: results.slice(count) };
};

/** Runs a loop, and records it inside of a derivative. */
export const runLoop = (given: Loop): LoopResults => {
  const loop: Loop = {
    ...given,
    f: keepReplaced(given.f),
    carries: given.carries.map(resolve),
    xs: given.xs.map(resolve),
  };
  const count = loop.carries.length;
  const operands = [...loop.carries, ...loop.xs];
  const stepShapes = operands.map(({ shape }, i) => (i < count ? shape : shape.slice(1)));
  const interpreter = currentInterpreter();
  const { examples } = interpreter;
  /** How many results f has. The rest of the outputs of the body are for the gradient. */
  let resultCount = 0;
  /** Returns the results of f, then what the gradient needs: the carries given, and products. */
  const forGradient: LeafFunction = (...leaves) => {
    const variables = leaves.map((x, i) => (i < count || isRecordedTensor(operands[i]) ? variable(x) : x));
    const first = nextRecordId();
    const outs = recording(() => loop.f(...variables));
    resultCount = outs.length;
    const products = examples === undefined ? keptProducts(outs, count, first) : [];
    return [...outs, ...leaves.slice(0, count), ...products];
  };
  const body = traceBody('scan', isRecording() ? forGradient : loop.f, stepShapes);
  if (!isRecording()) resultCount = body.outputs.length;
  const yShapes = body.outputs.slice(count, resultCount).map(({ shape }) => shape);
  if (interpreter.unrollsLoops === true) return unroll(loop, yShapes);
  const inputs = [...operands, ...body.captured];
  const isRecorded = areRecorded(inputs);
  const outputs = isRecorded ? body.outputs : body.outputs.slice(0, resultCount);
  const outShapes = outputs.slice(count).map(({ shape }) => shape);
  const { carries, ys } =
    examples === undefined
      ? runCompiled(loop, { ...body, outputs }, outShapes)
      : runForExamples(loop, body, resultCount, isRecorded && isDifferentiating(examples), examples);
  const recorded: readonly Tensor[] = recordLoop('scan', inputs, [...carries, ...ys], (...pulled) =>
    pullLoop(loop, body.captured, inputs, recorded, resultCount, pulled),
  );
  return { carries: recorded.slice(0, count), ys: recorded.slice(count, resultCount) };
};

/**
 * Runs a loop inside of `vmap`, for all examples at once. What the examples share is computed once.
 *
 * With `savesCarries`, the ys end with the carries before each step.
 */
const runForExamples = (
  { f, carries, xs, length, reverse }: Loop,
  { inputs, outputs, captured }: Body,
  resultCount: number,
  savesCarries: boolean,
  examples: Examples,
): LoopResults => {
  const { isBatched, leave, runInside, runOutside } = examples;
  const count = carries.length;
  const xsDiffer = xs.map(isBatched);
  const resultsDiffer = differingOutputs(
    { inputs, outputs: outputs.slice(0, resultCount) },
    carries.map(isBatched),
    [...xsDiffer, ...captured.map(isBatched)],
  );
  const carriesDiffer = resultsDiffer.slice(0, count);
  const ysDiffer = [...resultsDiffer.slice(count), ...(savesCarries ? carriesDiffer : [])];
  return runOutside(() => {
    const outer = runLoop({
      f: (...leaves) => {
        const own = enterAll(examples, leaves, [...carriesDiffer, ...xsDiffer]);
        const results = leaveAll(
          examples,
          runInside(() => f(...own)),
          resultsDiffer,
        );
        return savesCarries ? [...results, ...leaves.slice(0, count)] : results;
      },
      carries: leaveAll(examples, carries, carriesDiffer),
      xs: xs.map((x, i) => (xsDiffer[i] ? moveaxis(leave(x), 1, 0) : x)),
      length,
      reverse,
    });
    const outerYs = outer.ys.map((y, i) => (ysDiffer[i] ? moveaxis(y, 0, 1) : y));
    return {
      carries: enterAll(examples, outer.carries, carriesDiffer),
      ys: enterAll(examples, outerYs, ysDiffer),
    };
  });
};

/**
 * The gradient rule: a loop from the last step to the first.
 *
 * Each step runs `f` again from its saved carry, reuses the known results and products, and adds to
 * the cotangents of the tensors that `f` closes over.
 */
const pullLoop = (
  { f, xs, length, reverse }: Loop,
  captured: readonly Tensor[],
  inputs: readonly Tensor[],
  results: readonly Tensor[],
  resultCount: number,
  [cts, isPulled, onRefusal]: Parameters<OpRecord['pull']>,
): Pullbacks => {
  const count = inputs.length - xs.length - captured.length;
  const last = results.slice(0, count);
  const before = results.slice(resultCount, resultCount + count);
  const products = results.slice(resultCount + count);
  const isNeeded = isPulled.map((pulled, i) => i < count || pulled);
  const own = captured.filter((_, i) => isNeeded[count + xs.length + i]);
  const reached = cts.flatMap((ct, i) => (i >= count && ct !== undefined ? [i] : []));
  const counts = { resultCount, carryCount: count, productCount: products.length };
  return pullTogether(isNeeded, () => {
    const all = runLoop({
      f: stepBack({ f, xs, ...counts, own, isNeeded, reached, onRefusal }),
      carries: [
        ...last.map((x, i) => cts[i] ?? zeros(x.shape)),
        ...own.map(({ shape }) => zeros(shape)),
        ...last.map(withoutRecord),
      ],
      xs: [
        ...before,
        ...xs,
        ...[...results.slice(count, resultCount), ...products].map(withoutRecord),
        ...reached.map((i) => cts[i] as Tensor),
      ],
      length,
      reverse: !reverse,
    });
    const totals = all.carries.slice(count, count + own.length);
    return [...all.carries.slice(0, count), ...all.ys, ...totals];
  });
};
