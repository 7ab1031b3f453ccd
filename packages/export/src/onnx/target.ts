/** Writes operations as nodes of ONNX: https://onnx.ai/onnx/operators */
import type { ElementaryTarget } from '../loops.ts';
import { ShapeRules } from '../shape-rules.ts';
import {
  type BinaryName,
  type Body,
  type CompareName,
  type ElementType,
  type Factor,
  type Padding,
  type Range,
  type ReduceName,
  type Scan,
  type Shape,
  type UnaryName,
  type Value,
  broadcastShape,
  matrixShape,
} from '../target.ts';
import { GraphWriter } from './graph-writer.ts';
import { BINARY, COMPARE, ELEMENTARY, REDUCE, TYPES, UNARY } from './names.ts';
import type { Attribute, Bytes } from './protobuf.ts';

const WORD_MASK = 2 ** 32 - 1;
/** Longer ranges are computed when the program runs, instead of stored. */
const MAX_STORED_RANGE = 64;

/** Writes each operation as one node, or as a few. */
export class OnnxTarget extends ShapeRules implements ElementaryTarget {
  readonly #writer: GraphWriter;

  /** `reserved` are the names of arguments and results. */
  constructor(reserved: ReadonlySet<string>) {
    super();
    this.#writer = new GraphWriter(reserved);
  }

  #emit(
    op: string,
    inputs: readonly Value[],
    shape: Shape,
    type: ElementType = inputs[0].type,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    const [name] = this.#writer.add(
      op,
      inputs.map((input) => input.name),
      attributes,
    );
    return { name, shape, type };
  }

  constant(type: ElementType, shape: Shape, elements: ArrayLike<number>): Value {
    return this.#writer.constant(type, shape, elements);
  }

  #integers(numbers: readonly number[]): Value {
    return this.constant('index', [numbers.length], numbers);
  }

  iota(shape: Shape, axis: number): Value {
    const size = shape[axis];
    const range =
      size <= MAX_STORED_RANGE
        ? this.#integers([...new Array(size).keys()])
        : this.#emit(
            'Range',
            [0, size, 1].map((value) => this.constant('index', [], [value])),
            [size],
          );
    const along = shape.map((_, a) => (a === axis ? size : 1));
    return this.broadcast(this.reshape(range, along), shape);
  }

  unary(name: UnaryName, x: Value): Value {
    return this.#emit(UNARY[name], [x], x.shape);
  }

  #pair(op: string, a: Value, b: Value, type: ElementType = a.type): Value {
    const attributes = op === 'Mod' && a.type === 'float' ? { fmod: 1 } : {};
    return this.#emit(op, [a, b], broadcastShape(a.shape, b.shape), type, attributes);
  }

  #word(value: number): Value {
    return this.constant('word', [], [value]);
  }

  /** The lowest 32 bits. */
  #lowest(x: Value): Value {
    return this.#pair('BitwiseAnd', x, this.#word(WORD_MASK));
  }

  binary(name: BinaryName, a: Value, b: Value): Value {
    if (name === 'xor') return this.#pair('BitwiseXor', a, b);
    const result = this.#pair(BINARY[name], a, b);
    return result.type === 'word' ? this.#lowest(result) : result;
  }

  elementary(name: string, operands: readonly Value[]): Value | undefined {
    const op = ELEMENTARY[name];
    if (op === undefined) return undefined;
    const [a, b] = operands;
    return b === undefined ? this.#emit(op, [a], a.shape) : this.#pair(op, a, b);
  }

  compare(name: CompareName, a: Value, b: Value): Value {
    return this.#pair(COMPARE[name], a, b, 'truth');
  }

  select(mask: Value, a: Value, b: Value): Value {
    return this.#emit('Where', [mask, a, b], broadcastShape(mask.shape, a.shape, b.shape), a.type);
  }

  protected writeConvert(x: Value, type: ElementType): Value {
    if (TYPES[x.type] === TYPES[type]) return { ...x, type };
    const to = { float: 1, int64: 7, bool: 9 }[TYPES[type]];
    return this.#emit('Cast', [x], x.shape, type, { to });
  }

  rotateLeft(x: Value, bits: number): Value {
    const shifted = this.#pair('Mul', x, this.#word(2 ** bits));
    return this.#pair('Add', this.#lowest(shifted), this.shiftRight(shifted, 32));
  }

  shiftRight(x: Value, bits: number): Value {
    return this.#pair('Div', x, this.#word(2 ** bits));
  }

  remainder(x: Value, divisor: number): Value {
    return this.#pair('Mod', x, this.#word(divisor));
  }

  protected writeReshape(x: Value, shape: Shape): Value {
    return this.#emit('Reshape', [x, this.#integers(shape)], shape);
  }

  protected writeTranspose(x: Value, order: readonly number[], shape: Shape): Value {
    return this.#emit('Transpose', [x], shape, x.type, { perm: order });
  }

  protected writeBroadcast(x: Value, shape: Shape): Value {
    return this.#emit('Expand', [x, this.#integers(shape)], shape);
  }

  protected writeSlice(x: Value, ranges: readonly Range[], shape: Shape): Value {
    const axes = [...ranges.keys()].filter(
      (axis) => ranges[axis].start !== 0 || ranges[axis].end !== x.shape[axis] || ranges[axis].step !== 1,
    );
    const numbers = (of: (range: Range) => number): Value =>
      this.#integers(axes.map((axis) => of(ranges[axis])));
    const operands = [x, numbers(({ start }) => start), numbers(({ end }) => end), this.#integers(axes)];
    return this.#emit('Slice', [...operands, numbers(({ step }) => step)], shape);
  }

  protected writeReverse(x: Value, axes: readonly number[]): Value {
    const ends = axes.map((axis) => -x.shape[axis] - 1);
    const back = axes.map(() => -1);
    return this.#emit(
      'Slice',
      [x, this.#integers(back), this.#integers(ends), this.#integers(axes), this.#integers(back)],
      x.shape,
    );
  }

  protected writeConcatenate(xs: readonly Value[], axis: number, shape: Shape): Value {
    return this.#emit('Concat', xs, shape, xs[0].type, { axis });
  }

  protected writePad(x: Value, paddings: readonly Padding[]): Value {
    const spaced = paddings.reduce((rest, { between }, axis) => this.#space(rest, axis, between), x);
    const [lows, highs] = [paddings.map(({ low }) => low), paddings.map(({ high }) => high)];
    return this.#padBy(spaced, lows, highs);
  }

  #padBy(x: Value, lows: readonly number[], highs: readonly number[]): Value {
    if ([...lows, ...highs].every((count) => count === 0)) return x;
    const shape = x.shape.map((size, axis) => lows[axis] + size + highs[axis]);
    return this.#emit('Pad', [x, this.#integers([...lows, ...highs]), this.constant(x.type, [], [0])], shape);
  }

  /**
   * Adds zeros between the elements of an axis: each element becomes a row that ends with zeros.
   */
  #space(x: Value, axis: number, between: number): Value {
    const size = x.shape[axis];
    if (between === 0 || size === 1) return x;
    const rows = this.reshape(x, [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)]);
    const none = rows.shape.map(() => 0);
    const padded = this.#padBy(rows, none, none.with(axis + 1, between));
    const joined = this.reshape(padded, x.shape.with(axis, size * (between + 1)));
    return this.slice(
      joined,
      joined.shape.map((end, a) => ({ start: 0, end: a === axis ? end - between : end, step: 1 })),
    );
  }

  protected writeReduce(name: ReduceName, x: Value, axes: readonly number[], shape: Shape): Value {
    const indices = this.#integers(axes);
    const reduceWith = (op: string, of: Value): Value =>
      this.#emit(op, [of, indices], shape, of.type, { keepdims: 0 });
    const reduced = reduceWith(REDUCE[name], x);
    if (name !== 'max' && name !== 'min') return reduced;
    // ONNX Runtime skips NaN.
    const isNumber = this.convert(this.compare('equal', x, x), 'float');
    const hasNaN = this.compare('equal', reduceWith(REDUCE.min, isNumber), this.constant('float', [], [0]));
    return this.select(hasNaN, this.constant('float', [], [NaN]), reduced);
  }

  matmul(a: Factor, b: Factor): Value {
    const count = Math.max(a.value.shape[0], b.value.shape[0]);
    const shape = [count, matrixShape(a)[0], matrixShape(b)[1]];
    const [x, y] = [a, b].map(({ value, isTransposed }) => {
      const matrix = count === 1 ? this.reshape(value, value.shape.slice(1)) : value;
      const order = count === 1 ? [1, 0] : [0, 2, 1];
      return isTransposed ? this.transpose(matrix, order) : matrix;
    });
    return count === 1
      ? this.reshape(this.#emit('MatMul', [x, y], shape.slice(1)), shape)
      : this.#emit('MatMul', [x, y], shape);
  }

  takeRows(x: Value, indices: Value): Value {
    return this.#emit('Gather', [x, indices], [indices.shape[0], ...x.shape.slice(1)], x.type, { axis: 0 });
  }

  scatterRows(how: 'set' | 'add' | 'max', x: Value, indices: Value, rows: Value): Value {
    const reduction = how === 'set' ? 'none' : how;
    const column = this.reshape(indices, [indices.shape[0], 1]);
    return this.#emit('ScatterND', [x, column, rows], x.shape, x.type, { reduction });
  }

  argsort(x: Value, axis: number, descending: boolean): Value {
    // NaN comes after numbers, as Infinity does.
    const isNumber = this.compare('equal', x, x);
    const keys = this.select(isNumber, x, this.constant('float', [], [Infinity]));
    const count = this.#integers([x.shape[axis]]);
    const [, name] = this.#writer.add(
      'TopK',
      [keys.name, count.name],
      { axis, largest: Number(descending), sorted: 1 },
      2,
    );
    return { name, shape: x.shape, type: 'index' };
  }

  branch(choice: Value, onTrue: Body, onFalse: Body): Value[] {
    const taken = this.#writer.body('if_true', [], () => onTrue([]));
    const other = this.#writer.body('if_false', [], () => onFalse([]));
    const attributes = { then_branch: { graph: taken.graph }, else_branch: { graph: other.graph } };
    const used = [...taken.used, ...other.used];
    const names = this.#writer.add('If', [choice.name], attributes, taken.results.length, used);
    return taken.results.map(({ shape, type }, i) => ({ name: names[i], shape, type }));
  }

  whileLoop(carries: readonly Value[], captured: readonly Value[], goesOn: Body, step: Body): Value[] {
    const [first] = goesOn([...carries, ...captured]);
    const counter = this.#writer.inputLike({ shape: [], type: 'index' });
    const condition = this.#writer.inputLike({ shape: [], type: 'truth' });
    const own = carries.map((carry) => this.#writer.inputLike(carry));
    const { graph, used } = this.#writer.body('step', [counter, condition, ...own], () => {
      const next = step([...own, ...captured]);
      return [...goesOn([...next, ...captured]), ...next];
    });
    // Without a limit of steps.
    const inputs = ['', first.name, ...carries.map(({ name }) => name)];
    const names = this.#writer.add('Loop', inputs, { body: { graph } }, carries.length, used);
    return carries.map((carry, i) => ({ ...carry, name: names[i] }));
  }

  scan({ steps, reverse, carries, xs, captured, outputs, body }: Scan): Value[] {
    // There has to be something to scan.
    const scanned = xs.length > 0 ? xs : [this.iota([steps], 0)];
    const own = carries.map((carry) => this.#writer.inputLike(carry));
    const elements = scanned.map(({ shape, type }) =>
      this.#writer.inputLike({ shape: shape.slice(1), type }),
    );
    const { graph, used } = this.#writer.body('step', [...own, ...elements], () =>
      body([...own, ...(xs.length > 0 ? elements : []), ...captured]),
    );
    const direction = Number(reverse);
    const inputs = [...carries, ...scanned].map(({ name }) => name);
    const attributes = {
      body: { graph },
      num_scan_inputs: scanned.length,
      scan_input_directions: scanned.map(() => direction),
      ...(outputs.length > 0 ? { scan_output_directions: outputs.map(() => direction) } : {}),
    };
    const names = this.#writer.add('Scan', inputs, attributes, carries.length + outputs.length, used);
    const stacked = outputs.map(({ shape, type }) => ({ shape: [steps, ...shape], type }));
    return [...carries, ...stacked].map(({ shape, type }, i) => ({ name: names[i], shape, type }));
  }

  /** Returns the graph of a program, with results under their names. */
  finish(inputs: readonly Value[], results: readonly Value[], names: readonly string[]): Bytes {
    return this.#writer.finish(inputs, results, names);
  }
}
