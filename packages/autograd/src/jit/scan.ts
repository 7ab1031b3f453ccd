/** `scan`: a loop whose body is compiled once. */
import { addPlace, asOpCalling, typeError } from '../base/errors.ts';
import { type Shape, sameShape } from '../base/shape.ts';
import { withoutRecord } from '../core/bind.ts';
import { type LeafFunction, currentInterpreter } from '../core/interpreter.ts';
import { keepReplaced, resolve, withReplaced } from '../core/replaced.ts';
import { checkBoolean, checkFunction, checkOptions } from '../core/check.ts';
import { isRecording, nextRecordId, recordResults, recording } from '../core/record.ts';
import type { OpRecord, Pullbacks, Tensor } from '../core/tensor.ts';
import { add } from '../ops/arithmetic.ts';
import { zeros } from '../ops/creation.ts';
import { stack } from '../ops/joining.ts';
import { moveaxis } from '../ops/rearranging.ts';
import { slice } from '../ops/slicing.ts';
import { flattenLeaves } from '../transforms/leaves.ts';
import { variable } from '../transforms/variable.ts';
import { type Flat, type Form, rebuild, buildFrom } from '../tree/form.ts';
import { traceBody, useElements } from './body.ts';
import { type Tuple, checkResult, countSteps } from './loop-checks.ts';
import { bindHost, compileFor } from './host-op.ts';
import { keptProducts } from './kept-products.ts';
import { backwardOrZeros, pullTogether } from '../transforms/cotangents.ts';

export interface ScanOptions {
  /** The number of steps; by default the size of the first axis of the leaves of xs. */
  readonly length?: number;
  /** Whether to go from the last to the first element of xs. Default false. */
  readonly reverse?: boolean;
}

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
    let results: readonly Tensor[];
    try {
      results = loop.f(...carries, ...loop.xs.map((x) => slice(x, step)));
    } catch (error) {
      addPlace(error, `in step ${step} of scan`);
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
const runCompiled = (
  loop: Loop,
  body: ReturnType<typeof traceBody>,
  yShapes: readonly Shape[],
): LoopResults => {
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
const runLoop = (given: Loop): LoopResults => {
  const loop: Loop = {
    ...given,
    f: keepReplaced((...leaves: readonly Tensor[]) => given.f(...leaves).map(resolve)),
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
  const isRecorded = isRecording() && inputs.some(isRecordedTensor);
  const outputs = isRecorded ? body.outputs : body.outputs.slice(0, resultCount);
  const outShapes = outputs.slice(count).map(({ shape }) => shape);
  const { carries, ys } =
    examples === undefined
      ? runCompiled(loop, { ...body, outputs }, outShapes)
      : runForExamples(loop, isRecorded, examples);
  if (!isRecorded) return { carries, ys };
  const results = [...carries, ...ys];
  const recorded: readonly Tensor[] = recordResults('scan', inputs, results, (...pulled) =>
    pullLoop(loop, body.captured, inputs, recorded, resultCount, pulled),
  );
  return { carries: recorded.slice(0, count), ys: recorded.slice(count, resultCount) };
};

const isRecordedTensor = ({ record }: Tensor): boolean => record !== undefined;

/** Runs a loop inside of `vmap`, for all examples at once. */
const runForExamples = (
  { f, carries, xs, length, reverse }: Loop,
  savesCarries: boolean,
  { enter, leave, runInside, runOutside }: NonNullable<ReturnType<typeof currentInterpreter>['examples']>,
): LoopResults => {
  const outer = runOutside(() =>
    runLoop({
      f: (...leaves) => {
        const results = runInside(() => f(...leaves.map(enter)));
        const all = results.map(leave);
        return savesCarries ? [...all, ...leaves.slice(0, carries.length)] : all;
      },
      carries: carries.map(leave),
      xs: xs.map((x) => moveaxis(leave(x), 1, 0)),
      length,
      reverse,
    }),
  );
  return {
    carries: outer.carries.map((x) => withoutRecord(enter(x))),
    ys: runOutside(() => outer.ys.map((y) => moveaxis(y, 0, 1))).map((y) => enter(y)),
  };
};

/**
 * Replaces the elements of recomputed results with their known elements.
 *
 * The compiler then drops what only computed these elements. Derivatives still flow through the
 * results.
 */
const useKnown = (results: readonly Tensor[], known: readonly Tensor[], first: number): void =>
  results.forEach((result, i) => {
    const { record } = result;
    if (record !== undefined && record.id >= first && record.op !== 'variable')
      result.replaceSource(known[i].source);
  });

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
  const ys = results.slice(count, resultCount);
  const before = results.slice(resultCount, resultCount + count);
  const products = results.slice(resultCount + count);
  const isNeeded = isPulled.map((pulled, i) => i < count || pulled);
  const own = captured.filter((_, i) => isNeeded[count + xs.length + i]);
  /** The outputs and saved carries that have a cotangent. */
  const reached = cts.flatMap((ct, i) => (i >= count && ct !== undefined ? [i] : []));
  const step: LeafFunction = (...leaves) => {
    let next = 0;
    const take = (n: number): readonly Tensor[] => leaves.slice(next, (next += n));
    const [carryCts, totals, after] = [take(count), take(own.length), take(count)];
    const [carries, elements, stepYs] = [take(count), take(xs.length), take(ys.length)];
    const [stepProducts, stepCts] = [take(products.length), take(reached.length)];
    const carryVariables = carries.map(variable);
    const elementVariables = elements.map((x, i) => (isRecordedTensor(xs[i]) ? variable(x) : x));
    const ownVariables = own.map(variable);
    return withReplaced(new Map(own.map((x, i) => [x, ownVariables[i]])), () => {
      const first = nextRecordId();
      const outs = recording(() => f(...carryVariables, ...elementVariables)).map(resolve);
      if (outs.length !== resultCount)
        throw typeError(
          'scan',
          `f returns other results when it runs again for the gradient: expected ${resultCount} tensors, got ${outs.length}; it has to be pure`,
        );
      keptProducts(outs, count, first).forEach((product, i) => {
        const known = stepProducts[i] as Tensor | undefined;
        // A function that is not pure can compute other products than before.
        if (known !== undefined && sameShape(product.shape, known.shape)) useElements(product, known);
      });
      useKnown(outs, [...after, ...stepYs], first);
      const seeded = [...outs.keys()].flatMap((i) => (i < count || reached.includes(i) ? [i] : []));
      const variables = [
        ...carryVariables,
        ...ownVariables,
        ...elementVariables.filter((_, i) => isNeeded[count + i]),
      ];
      const found = backwardOrZeros(
        seeded.map((i) => outs[i]),
        seeded.map((i) => (i < count ? carryCts[i] : stepCts[reached.indexOf(i)])),
        variables,
        onRefusal,
      );
      const savedCts = found.slice(0, count).map((ct, i) => {
        const index = reached.indexOf(resultCount + i);
        return index < 0 ? ct : add(ct, stepCts[index]);
      });
      const newTotals = totals.map((total, i) => add(total, found[count + i]));
      // This loop goes backwards: the carries before this step are those after its next step.
      return [...savedCts, ...newTotals, ...carries.map(withoutRecord), ...found.slice(count + own.length)];
    });
  };
  return pullTogether(isNeeded, () => {
    const all = runLoop({
      f: step,
      carries: [
        ...last.map((x, i) => cts[i] ?? zeros(x.shape)),
        ...own.map(({ shape }) => zeros(shape)),
        ...last.map(withoutRecord),
      ],
      xs: [
        ...before,
        ...xs,
        ...[...ys, ...products].map(withoutRecord),
        ...reached.map((i) => cts[i] as Tensor),
      ],
      length,
      reverse: !reverse,
    });
    const totals = all.carries.slice(count, count + own.length);
    return [...all.carries.slice(0, count), ...all.ys, ...totals];
  });
};

/**
 * Calls f for each element of xs along the first axis, and passes a carry from step to step.
 *
 * f receives the carry and one element, and returns the new carry and an output: [carry, y]. `scan`
 * returns the last carry, and the outputs of all steps, stacked along a new first axis. Carries,
 * elements and outputs are trees of tensors and random keys. xs can be undefined; then `length` is
 * the number of steps. With `reverse`, the steps run from the last element to the first.
 *
 * The body is compiled once, also inside `jit`, so compiled code does not grow with the number of
 * steps. Tensors that f closes over can be differentiated and batched, too. The derivative is a
 * loop from the last step to the first, which runs f again from the saved carries. It also keeps
 * results of `matmul` and `conv`, together no larger than the carries; `remat(f)` avoids that.
 *
 * Throws a TypeError or a RangeError if the structure or a shape of the carry changes, or if the
 * sizes of the first axes of xs differ. Mirrors jax.lax.scan.
 *
 * @example
 * const step = (total: Tensor, x: Tensor) => [total.add(x), total] as const;
 * const [total, before] = scan(step, tensor(0), tensor([1, 2, 3]));
 * console.log(total.item(), before.toArray()); // → 6 [ 0, 1, 3 ]
 */
export function scan<C extends Tuple, X, Y>(
  f: (carry: C, x: X) => readonly [C, Y],
  init: C,
  xs: X,
  options?: ScanOptions,
): [C, Y];
export function scan<C, X, Y>(
  f: (carry: C, x: X) => readonly [C, Y],
  init: C,
  xs: X,
  options?: ScanOptions,
): [C, Y];
export function scan<C, X, Y>(
  f: (carry: C, x: X) => readonly [C, Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [C, Y] {
  checkFunction('scan', 'f', f);
  const { length, reverse = false } = checkOptions('scan', options, ['length', 'reverse']);
  checkBoolean('scan', 'reverse', reverse);
  return asOpCalling('scan', f, (run) => {
    const carry = flattenLeaves('scan', init, 'init');
    const elements = flattenLeaves('scan', xs, 'xs');
    const steps = countSteps('scan', elements, length);
    let yForm: Form = { kind: 'nothing', value: undefined };
    const before: Flat = { ...carry, paths: carry.paths.map((path) => path.replace(/^init/, 'carry')) };
    const results = runLoop({
      f: (...leaves) => {
        const [c, x] = rebuild([carry, elements], leaves);
        const { carry: next, y } = checkResult('scan', run(c as C, x as X), before);
        yForm = y.form;
        return [...next.leaves, ...y.leaves];
      },
      carries: carry.leaves,
      xs: elements.leaves,
      length: steps,
      reverse,
    });
    return [buildFrom(carry.form, results.carries), buildFrom(yForm, results.ys)] as [C, Y];
  });
}
