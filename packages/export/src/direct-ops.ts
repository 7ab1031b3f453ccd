/**
 * Ops whose loops are functions of the library: one rule for each.
 *
 * Inside of `vmap`, operands have an axis of examples in front. To rules all ops are like that:
 * elsewhere there is one example, or the examples share an operand.
 */
import type { Equation, Value as GraphValue } from '@mini/autograd/graph';
import { full, sliceAxis, padAxis, positionsOf, repeatingStrides, takeFlat, transposed } from './arrays.ts';
import { type Shape, type Target, type Value, broadcastShape, sizeOf, stridesOf } from './target.ts';

/** The call of an op, for all examples. */
interface Call {
  readonly target: Target;
  /** The operands, [1 or count, ...shape]. */
  readonly inputs: readonly Value[];
  /** The number of examples. */
  readonly count: number;
  /** The shape of one example of the result. */
  readonly shape: Shape;
  readonly params: Readonly<Record<string, unknown>>;
}

type Rule = (call: Call) => Value;

/** The parameters of an op inside of `vmap`. */
interface BatchParams {
  readonly attrs: Readonly<Record<string, unknown>> | undefined;
  readonly count: number;
  readonly shapes: readonly Shape[];
  readonly isBatched: readonly boolean[];
}

const isBatch = (params: object): params is BatchParams =>
  'attrs' in params && 'isBatched' in params && 'shapes' in params;

/** Integers along an axis of size `size` from numbers that can count from its end. */
const wrapped = (target: Target, numbers: Value, size: number): Value => {
  const indices = target.convert(numbers, 'index');
  const zero = target.constant('index', [], [0]);
  const fromEnd = target.binary('add', indices, target.constant('index', [], [size]));
  return target.select(target.compare('less', indices, zero), fromEnd, indices);
};

/** The positions of the elements of an array of `sizes`, without those along axes with stride 0. */
const positionsIn = (target: Target, sizes: Shape, strides: readonly number[]): Value =>
  positionsOf(target, { offset: 0, sizes, strides });

/** Gathers x along an axis, with one index for each element of the result. */
const gatherElements = (target: Target, x: Value, indices: Value, axis: number): Value => {
  const shape = broadcastShape(
    x.shape.map((size, a) => (a === axis ? 1 : size)),
    indices.shape,
  );
  const strides = repeatingStrides(x.shape).with(axis, 0);
  const step = target.constant('index', [], [stridesOf(x.shape)[axis]]);
  const along = target.binary('mul', wrapped(target, indices, x.shape[axis]), step);
  const positions = target.binary('add', positionsIn(target, shape, strides), along);
  return takeFlat(target, x, target.broadcast(positions, shape));
};

/** Gathers x along an axis, with the same indices for each line. */
const take: Rule = ({ target, inputs: [x, indices], count, shape, params }) => {
  const axis = (params['axis'] as number) + 1;
  const own = indices.shape.slice(1);
  const moved = [axis, ...[...x.shape.keys()].filter((a) => a !== axis)];
  if (x.shape[0] === 1 && indices.shape[0] === 1) {
    const rows = transposed(target, x, moved);
    const [size, ...rest] = rows.shape;
    const flat = target.reshape(wrapped(target, indices, size), [sizeOf(own)]);
    const taken = target.takeRows(target.reshape(rows, [size, sizeOf(rest)]), flat);
    const back = transposed(
      target,
      target.reshape(taken, [sizeOf(own), ...rest]),
      [...x.shape.keys()].map((a) => moved.indexOf(a)),
    );
    return target.reshape(back, [1, ...shape]);
  }
  // One index for each element: [count, before, indices, after].
  const size = x.shape[axis];
  const [before, after] = [sizeOf(x.shape.slice(1, axis)), sizeOf(x.shape.slice(axis + 1))];
  const lines = target.reshape(x, [x.shape[0], before, size, after]);
  const each = target.reshape(indices, [indices.shape[0], 1, sizeOf(own), 1]);
  return target.reshape(gatherElements(target, lines, each, 2), [count, ...shape]);
};

const takeAlongAxis: Rule = ({ target, inputs: [x, indices], count, shape, params }) =>
  target.reshape(gatherElements(target, x, indices, (params['axis'] as number) + 1), [count, ...shape]);

/** x seen as [examples · before, size, after], with all of it for each example. */
const asLines = (target: Target, x: Value, count: number, axis: number): Value => {
  const whole = target.broadcast(x, [count, ...x.shape.slice(1)]);
  return target.reshape(whole, [
    sizeOf(whole.shape.slice(0, axis)),
    whole.shape[axis],
    sizeOf(whole.shape.slice(axis + 1)),
  ]);
};

/** How updates change what is at their indices. */
type Change = 'add' | 'set';

/**
 * Adds updates to x, or replaces parts of it. `positions` has, for each update, its position in
 * the memory of x. Of several updates at one position, the last replaces the others.
 */
const scatterFlat = (target: Target, how: Change, x: Value, updates: Value, positions: Value): Value => {
  const [size, count] = [sizeOf(x.shape), sizeOf(updates.shape)];
  const at = target.reshape(positions, [count]);
  const flat = target.reshape(x, [size, 1]);
  const rows = target.reshape(updates, [count, 1]);
  if (how === 'add') return target.reshape(target.scatterRows('add', flat, at, rows), x.shape);
  const none = full(target, 'float', [size, 1], -1);
  const numbers = target.convert(target.iota([count, 1], 0), 'float');
  const last = target.scatterRows('max', none, at, numbers);
  const zero = target.constant('float', [], [0]);
  const chosen = target.convert(target.reshape(target.binary('max', last, zero), [size]), 'index');
  const replaced = target.compare('lessEqual', zero, last);
  return target.reshape(target.select(replaced, target.takeRows(rows, chosen), flat), x.shape);
};

/** Scatters updates [...before, ...indices, ...after] along an axis of x. */
const scatter = (
  how: Change,
  { target, count }: Call,
  x: Value,
  updates: Value,
  indices: Value,
  axis: number,
): Value => {
  const shape = [count, ...x.shape.slice(1)];
  const whole = target.broadcast(x, shape);
  const lines = asLines(target, whole, count, axis);
  const [outer, size, inner] = lines.shape;
  const number = sizeOf(indices.shape.slice(1));
  const before = outer / count;
  const positions = positionsIn(
    target,
    [count, before, number, inner],
    [before * size * inner, size * inner, 0, 1],
  );
  const each = target.reshape(wrapped(target, indices, size), [indices.shape[0], 1, number, 1]);
  const along = target.binary('mul', each, target.constant('index', [], [inner]));
  const at = target.broadcast(target.binary('add', positions, along), [count, before, number, inner]);
  const all = target.broadcast(updates, [count, ...updates.shape.slice(1)]);
  return target.reshape(scatterFlat(target, how, lines, all, at), shape);
};

/** The positions of a block of x that begins at `starts`, [1 or count, ...block]. */
const blockPositions = (target: Target, shape: Shape, block: Shape, starts: Value): Value => {
  const strides = stridesOf(shape);
  let positions = positionsIn(target, [1, ...block], [0, ...strides]);
  shape.forEach((size, axis) => {
    const start = target.slice(starts, [
      { start: 0, end: starts.shape[0], step: 1 },
      { start: axis, end: axis + 1, step: 1 },
    ]);
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

const dynamicSlice: Rule = ({ target, inputs: [x, starts], count, shape }) => {
  const own = x.shape.slice(1);
  const block = blockPositions(target, own, shape, starts);
  const step = x.shape[0] === 1 ? 0 : sizeOf(own);
  const positions = target.broadcast(ofExamples(target, block, count, step), [count, ...shape]);
  return takeFlat(target, x, positions);
};

const dynamicUpdateSlice: Rule = ({ target, inputs: [x, update, starts], count, shape }) => {
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

/** Values that a running computation combines: the earlier ones, and those of an element. */
type Combine = (before: readonly Value[], own: readonly Value[]) => readonly Value[];

/**
 * Combines each element of lines [lines, size, after] with all before it, in log₂(size) steps.
 * `fill` has the value of nothing, for each of the arrays.
 */
const accumulate = (
  target: Target,
  given: readonly Value[],
  reverse: boolean,
  fill: readonly number[],
  combine: Combine,
): readonly Value[] => {
  const [, size] = given[0].shape;
  let values = given;
  for (let shift = 1; shift < size; shift *= 2) {
    const before = values.map((x, i) => {
      const [lines, , after] = x.shape;
      const rest = target.slice(x, [
        { start: 0, end: lines, step: 1 },
        reverse ? { start: shift, end: size, step: 1 } : { start: 0, end: size - shift, step: 1 },
        { start: 0, end: after, step: 1 },
      ]);
      const nothing = full(target, x.type, [lines, shift, after], fill[i]);
      return target.concatenate(reverse ? [rest, nothing] : [nothing, rest], 1);
    });
    values = combine(before, values);
  }
  return values;
};

/** Combines each element with all before it, by an operation with a neutral number. */
const running =
  (operation: 'add' | 'max' | 'mul', neutral: number): Rule =>
  ({ target, inputs: [x], count, shape, params }) => {
    const lines = asLines(target, x, count, (params['axis'] as number) + 1);
    const reverse = params['reverse'] === true;
    const [results] = accumulate(target, [lines], reverse, [neutral], ([before], [own]) => [
      target.binary(operation, before, own),
    ]);
    return target.reshape(results, [count, ...shape]);
  };

/** y[i] = a[i]·y[i - 1] + b[i]. */
const linearRecurrence: Rule = ({ target, inputs, count, shape, params }) => {
  const [a, b] = inputs.map((x) => asLines(target, x, count, (params['axis'] as number) + 1));
  const reverse = params['reverse'] === true;
  const [, terms] = accumulate(target, [a, b], reverse, [1, 0], ([a1, b1], [a2, b2]) => [
    target.binary('mul', a1, a2),
    target.binary('add', target.binary('mul', a2, b1), b2),
  ]);
  return target.reshape(terms, [count, ...shape]);
};

const isNaN = (target: Target, x: Value): Value => target.unary('not', target.compare('equal', x, x));

/** The index of the largest element so far. */
const runningArgmax: Rule = ({ target, inputs: [x], count, shape, params }) => {
  const lines = asLines(target, x, count, (params['axis'] as number) + 1);
  const indices = target.convert(target.iota(lines.shape, 1), 'float');
  const [, found] = accumulate(
    target,
    [lines, indices],
    false,
    [-Infinity, Infinity],
    ([value, index], [own, ownIndex]) => {
      // Nothing has the index Infinity: it loses also against -Infinity.
      const isSome = target.compare('less', index, target.constant('float', [], [Infinity]));
      const isBest = target.binary('or', target.compare('lessEqual', own, value), isNaN(target, value));
      const stays = target.binary('and', isSome, isBest);
      return [target.select(stays, value, own), target.select(stays, index, ownIndex)];
    },
  );
  return target.reshape(found, [count, ...shape]);
};

/** The first index of the largest or smallest element, or of NaN. */
const argExtremum =
  (name: 'max' | 'min'): Rule =>
  ({ target, inputs: [x], count, shape, params }) => {
    const lines = asLines(target, x, count, (params['axis'] as number) + 1);
    const [outer, size, inner] = lines.shape;
    const best = target.reshape(target.reduce(name, lines, [1]), [outer, 1, inner]);
    const isBest = target.binary('or', target.compare('equal', lines, best), isNaN(target, lines));
    // NaN comes before numbers, which cannot be the best then.
    const hasNaN = target.reduce(
      'max',
      target.select(isNaN(target, lines), full(target, 'float', [], 1), full(target, 'float', [], 0)),
      [1],
    );
    const onlyNaN = target.compare(
      'less',
      full(target, 'float', [], 0),
      target.reshape(hasNaN, [outer, 1, inner]),
    );
    const isChosen = target.binary(
      'and',
      isBest,
      target.binary('or', target.unary('not', onlyNaN), isNaN(target, lines)),
    );
    const indices = target.convert(target.iota([1, size, 1], 1), 'float');
    const found = target.reduce(
      'min',
      target.select(isChosen, indices, target.constant('float', [], [size])),
      [1],
    );
    return target.reshape(found, [count, ...shape]);
  };

const argsort: Rule = ({ target, inputs: [x], count, shape, params }) => {
  const lines = asLines(target, x, count, (params['axis'] as number) + 1);
  const order = target.argsort(lines, 1, false);
  return target.reshape(target.convert(order, 'float'), [count, ...shape]);
};

const topK: Rule = ({ target, inputs: [x], count, shape, params }) => {
  const lines = asLines(target, x, count, x.shape.length - 1);
  const order = target.argsort(lines, 1, true);
  const first = sliceAxis(target, order, 1, { start: 0, end: params['k'] as number, step: 1 });
  return target.reshape(target.convert(first, 'float'), [count, ...shape]);
};

/**
 * Sorts 0 … n - 1 by the words of each operand in turn: by their lower 16 bits, and by the upper
 * 16, since float32 does not hold all words.
 */
const permutation: Rule = ({ target, inputs, count, shape: [n] }) => {
  let order: Value | undefined;
  for (const input of inputs) {
    const words = target.broadcast(input, [count, n]);
    for (const turned of [words, target.rotateLeft(words, 16)]) {
      const digits = target.convert(target.remainder(turned, 2 ** 16), 'float');
      const keys = order === undefined ? digits : gatherElements(target, digits, order, 1);
      const places = target.convert(target.argsort(keys, 1, false), 'float');
      order = order === undefined ? places : gatherElements(target, order, places, 1);
    }
  }
  return order as Value;
};

/** How many running sums, but for the last one, are 0 or less than each number. */
const searchRunningSums: Rule = ({ target, inputs: [sums, numbers], count, shape }) => {
  const others = sums.shape[1] - 1;
  const size = sizeOf(shape);
  if (others === 0) return full(target, 'float', [count, ...shape], 0);
  const row = sliceAxis(target, sums, 1, { start: 0, end: others, step: 1 });
  const all = [count, size, others];
  const before = target.broadcast(target.reshape(row, [row.shape[0], 1, others]), all);
  const each = target.broadcast(target.reshape(numbers, [numbers.shape[0], size, 1]), all);
  const [zero, one] = [0, 1].map((value) => target.constant('float', [], [value]));
  const isZero = target.compare('equal', before, zero);
  const counted = target.select(target.compare('less', before, each), one, target.select(isZero, one, zero));
  return target.reshape(target.reduce('sum', counted, [2]), [count, ...shape]);
};

/**
 * For each element of a row, the product of all others; with directions, its derivatives along
 * them. Products are polynomials in one variable for each direction, without their squares: one
 * coefficient for each set of variables.
 */
const otherProducts: Rule = ({ target, inputs, count, shape }) => {
  const [x, ...directions] = inputs.map((input) => asLines(target, input, count, 2));
  const sets = 2 ** directions.length;
  const zero = full(target, 'float', x.shape, 0);
  const factors = Array.from({ length: sets }, (_, set) => {
    if (set === 0) return x;
    return directions.find((_direction, d) => set === 2 ** d) ?? zero;
  });
  const sum = (terms: readonly Value[]): Value => terms.reduce((a, b) => target.binary('add', a, b));
  const multiply: Combine = (a, b) =>
    Array.from({ length: sets }, (_, set) =>
      sum(
        Array.from({ length: sets }, (_unused, part) => part)
          .filter((part) => (part & set) === part)
          .map((part) => target.binary('mul', a[part], b[set ^ part])),
      ),
    );
  const one = Array.from({ length: sets }, (_, set) => (set === 0 ? 1 : 0));
  /** The products of all elements before each, or of all after it. */
  const productsBeside = (reverse: boolean): readonly Value[] => {
    const all = accumulate(target, factors, reverse, one, multiply);
    return all.map((product, set) => {
      const [lines, size, after] = product.shape;
      const edge = full(target, 'float', [lines, 1, after], one[set]);
      const rest = padAxis(
        target,
        product,
        1,
        reverse ? { low: -1, high: 0, between: 0 } : { low: 0, high: -1, between: 0 },
      );
      return size === 1 ? edge : target.concatenate(reverse ? [rest, edge] : [edge, rest], 1);
    });
  };
  const [before, after] = [productsBeside(false), productsBeside(true)];
  const products = before.map((product, set) => target.binary('mul', product, after[sets - 1 - set]));
  return target.reshape(sum(products), [count, ...shape]);
};

/** Returns an operand: the library also checks its elements, which a target cannot. */
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
  cummax: running('max', -Infinity),
  cumprod: running('mul', 1),
  cumsum: running('add', 0),
  dynamicSlice,
  dynamicUpdateSlice,
  gatherAdjoint: (call) => {
    const {
      target,
      inputs: [ct, indices],
      count,
      shape,
      params,
    } = call;
    const zeros = full(target, 'float', [count, ...shape], 0);
    const axis = (params['axis'] as number) + 1;
    if (params['perElement'] !== true) return scatter('add', call, zeros, ct, indices, axis);
    const strides = stridesOf(zeros.shape);
    const all = [count, ...ct.shape.slice(1)];
    const along = target.binary(
      'mul',
      wrapped(target, indices, shape[axis - 1]),
      target.constant('index', [], [strides[axis]]),
    );
    const positions = target.binary('add', positionsIn(target, all, strides.with(axis, 0)), along);
    return scatterFlat(target, 'add', zeros, target.broadcast(ct, all), target.broadcast(positions, all));
  },
  linearRecurrence,
  oneHot: unchecked(1),
  otherProducts,
  'random.bernoulli': unchecked(0),
  'random.categorical': unchecked(0),
  'random.choice': unchecked(0),
  'random.permutation': permutation,
  runningArgmax,
  scatterAdd: (call) => {
    const [updates, indices, x] = call.inputs;
    return scatter('add', call, x, updates, indices, (call.params['axis'] as number) + 1);
  },
  scatterSet: (call) => {
    const [updates, indices, x] = call.inputs;
    return scatter('set', call, x, updates, indices, (call.params['axis'] as number) + 1);
  },
  searchRunningSums,
  segmentSum: (call) => {
    const [x, segments] = call.inputs;
    const zeros = full(call.target, 'float', [1, ...call.shape], 0);
    return scatter('add', call, zeros, x, segments, 1);
  },
  take,
  takeAlongAxis,
  topK,
};

/**
 * Returns all operands with one axis of examples, which is 1 if they share it, from the parameters
 * of an op inside of none, one or several calls of `vmap`.
 */
const unbatch = (
  target: Target,
  inputs: readonly Value[],
  given: Readonly<Record<string, unknown>>,
): Pick<Call, 'inputs' | 'count' | 'params'> => {
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
  return { inputs: operands, count, params };
};

/** Computes an op by its rule; returns undefined if it has none. */
export const lowerDirect = (
  target: Target,
  { op, params, outputs }: Equation,
  inputs: readonly Value[],
): Value | undefined => {
  const rule = RULES[op];
  if (rule === undefined) return undefined;
  const call = unbatch(target, inputs, params);
  const [{ shape }]: readonly GraphValue[] = outputs;
  let depth = 0;
  for (let own: object = params; isBatch(own); own = own.attrs ?? {}) depth++;
  const result = rule({ ...call, target, shape: shape.slice(depth) });
  return target.reshape(target.broadcast(result, [call.count, ...shape.slice(depth)]), shape);
};
