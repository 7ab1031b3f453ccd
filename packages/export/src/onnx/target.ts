/** Writes operations as nodes of ONNX: https://onnx.ai/onnx/operators */
import { sameShape } from '@mini/autograd/check';
import type { ElementaryTarget } from '../loops.ts';
import {
  type BinaryName,
  type Body,
  type CompareName,
  type ElementType,
  type Factor,
  type Padding,
  type Range,
  type ReduceName,
  Reshapes,
  type Scan,
  type Shape,
  type UnaryName,
  type Value,
  broadcastShape,
  matrixShape,
} from '../target.ts';
import { BINARY, COMPARE, ELEMENTARY, REDUCE, TYPES, UNARY } from './names.ts';
import {
  type Attribute,
  type Bytes,
  graphMessage,
  nodeMessage,
  tensorMessage,
  valueMessage,
} from './protobuf.ts';

const WORD_MASK = 2 ** 32 - 1;
/** Longer ranges are computed when the program runs, instead of stored. */
const MAX_STORED_RANGE = 64;

const bytesOf = (type: ElementType, elements: ArrayLike<number>): Bytes => {
  if (type === 'truth') return Uint8Array.from(elements, (value) => Number(value !== 0));
  // Typed arrays are little-endian, as files are, wherever JavaScript runs.
  if (type === 'float') return new Uint8Array(Float32Array.from(elements).buffer);
  return new Uint8Array(BigInt64Array.from(elements, BigInt).buffer);
};

/** A node that is not written yet. */
interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** The values that its graphs use, besides their own. */
  readonly captured: readonly string[];
}

/** The nodes of a graph that is being written. */
interface Scope {
  readonly nodes: Node[];
  /** The results of nodes, by what the nodes compute. */
  readonly known: Map<string, readonly string[]>;
}

/** The graph of a body, its results, and the names of the values that it uses. */
interface BodyGraph {
  readonly graph: Bytes;
  readonly results: readonly Value[];
  readonly used: readonly string[];
}

/** The graph of a program. Equal nodes are written once. */
export class OnnxTarget implements ElementaryTarget {
  /** The graph, and those of the bodies around the present place. */
  readonly #scopes: Scope[] = [{ nodes: [], known: new Map() }];
  readonly #constants = new Map<string, Bytes>();
  readonly #knownConstants = new Map<string, string>();
  readonly #reserved: ReadonlySet<string>;
  readonly #reshapes = new Reshapes();
  #count = 0;

  /** `reserved` are the names of arguments and results. */
  constructor(reserved: ReadonlySet<string>) {
    this.#reserved = reserved;
  }

  #newName(): string {
    let name: string;
    do name = `v${this.#count++}`;
    while (this.#reserved.has(name));
    return name;
  }

  #scope(): Scope {
    return this.#scopes.at(-1) as Scope;
  }

  /** Adds a node, and returns the names of its outputs. */
  #add(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    outputs: number = 1,
    captured?: readonly string[],
  ): readonly string[] {
    // Nodes with graphs are not compared.
    const key =
      captured === undefined ? `${op} ${inputs.join(' ')} ${JSON.stringify(attributes)}` : undefined;
    for (const { known } of this.#scopes) {
      const found = key === undefined ? undefined : known.get(key);
      if (found !== undefined) return found;
    }
    const names = Array.from({ length: outputs }, () => this.#newName());
    const { nodes, known } = this.#scope();
    nodes.push({ op, inputs, outputs: names, attributes, captured: captured ?? [] });
    if (key !== undefined) known.set(key, names);
    return names;
  }

  #emit(
    op: string,
    inputs: readonly Value[],
    shape: Shape,
    type: ElementType = inputs[0].type,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    const [name] = this.#add(
      op,
      inputs.map((input) => input.name),
      attributes,
    );
    return { name, shape, type };
  }

  constant(type: ElementType, shape: Shape, elements: ArrayLike<number>): Value {
    const data = bytesOf(type, elements);
    const key = `${TYPES[type]} ${shape.join()} ${data.length <= 256 ? data.join() : `#${this.#constants.size}`}`;
    let name = this.#knownConstants.get(key);
    if (name === undefined) {
      name = this.#newName();
      this.#constants.set(name, tensorMessage(name, TYPES[type], shape, data));
      this.#knownConstants.set(key, name);
    }
    return { name, shape, type };
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

  convert(x: Value, type: ElementType): Value {
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

  reshape(x: Value, shape: Shape): Value {
    const origin = this.#reshapes.originOf(x);
    if (sameShape(x.shape, shape)) return x;
    if (sameShape(origin.shape, shape)) return { ...origin, type: x.type };
    const reshaped = this.#emit('Reshape', [origin, this.#integers(shape)], shape, x.type);
    return this.#reshapes.record(reshaped, origin);
  }

  transpose(x: Value, order: readonly number[]): Value {
    const shape = order.map((axis) => x.shape[axis]);
    return this.#emit('Transpose', [x], shape, x.type, { perm: order });
  }

  broadcast(x: Value, shape: Shape): Value {
    return sameShape(x.shape, shape) ? x : this.#emit('Expand', [x, this.#integers(shape)], shape);
  }

  slice(x: Value, ranges: readonly Range[]): Value {
    const axes = [...ranges.keys()].filter(
      (axis) => ranges[axis].start !== 0 || ranges[axis].end !== x.shape[axis] || ranges[axis].step !== 1,
    );
    const numbers = (of: (range: Range) => number): Value =>
      this.#integers(axes.map((axis) => of(ranges[axis])));
    if (axes.length === 0) return x;
    const operands = [x, numbers(({ start }) => start), numbers(({ end }) => end), this.#integers(axes)];
    const shape = ranges.map(({ start, end, step }) => Math.ceil((end - start) / step));
    return this.#emit('Slice', [...operands, numbers(({ step }) => step)], shape);
  }

  reverse(x: Value, axes: readonly number[]): Value {
    const ends = axes.map((axis) => -x.shape[axis] - 1);
    const back = axes.map(() => -1);
    return this.#emit(
      'Slice',
      [x, this.#integers(back), this.#integers(ends), this.#integers(axes), this.#integers(back)],
      x.shape,
    );
  }

  concatenate(xs: readonly Value[], axis: number): Value {
    if (xs.length === 1) return xs[0];
    const size = xs.reduce((sum, x) => sum + x.shape[axis], 0);
    return this.#emit('Concat', xs, xs[0].shape.with(axis, size), xs[0].type, { axis });
  }

  pad(x: Value, paddings: readonly Padding[]): Value {
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

  reduce(name: ReduceName, x: Value, axes: readonly number[]): Value {
    if (axes.length === 0) return x;
    const reduced = this.#reduce(name, x, axes);
    if (name !== 'max' && name !== 'min') return reduced;
    // ONNX Runtime skips NaN.
    const isNumber = this.convert(this.compare('equal', x, x), 'float');
    const zero = this.constant('float', [], [0]);
    const hasNaN = this.compare('equal', this.#reduce('min', isNumber, axes), zero);
    return this.select(hasNaN, this.constant('float', [], [NaN]), reduced);
  }

  #reduce(name: ReduceName, x: Value, axes: readonly number[]): Value {
    const shape = x.shape.filter((_, axis) => !axes.includes(axis));
    const sorted = axes.toSorted((a, b) => a - b);
    return this.#emit(REDUCE[name], [x, this.#integers(sorted)], shape, x.type, { keepdims: 0 });
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
    const [, name] = this.#add(
      'TopK',
      [keys.name, count.name],
      { axis, largest: Number(descending), sorted: 1 },
      2,
    );
    return { name, shape: x.shape, type: 'index' };
  }

  /**
   * Writes the nodes of a scope, without those whose results are not used. Returns them with the
   * names of all values that they use.
   */
  #writeNodes({ nodes }: Scope): { readonly bytes: readonly Bytes[]; readonly used: ReadonlySet<string> } {
    const used = new Set<string>();
    const kept = nodes.toReversed().filter(({ op, inputs, outputs, captured }) => {
      const isResult = op === 'Identity';
      if (!isResult && !outputs.some((name) => used.has(name))) return false;
      for (const name of [...inputs, ...captured]) used.add(name);
      return true;
    });
    const bytes = kept
      .toReversed()
      .map(({ op, inputs, outputs, attributes }) => nodeMessage(op, inputs, outputs, attributes));
    return { bytes, used };
  }

  /** Adds a node for a result: results have names of their own. */
  #addResult({ nodes }: Scope, from: string, name: string): void {
    nodes.push({ op: 'Identity', inputs: [from], outputs: [name], attributes: {}, captured: [] });
  }

  /** Writes a body as a graph. */
  #graph(name: string, inputs: readonly Value[], body: () => readonly Value[]): BodyGraph {
    const scope: Scope = { nodes: [], known: new Map() };
    this.#scopes.push(scope);
    const results = body();
    const outputs = results.map(({ name: from, shape, type }) => {
      const output = this.#newName();
      this.#addResult(scope, from, output);
      return valueMessage(output, TYPES[type], shape);
    });
    this.#scopes.pop();
    const { bytes, used } = this.#writeNodes(scope);
    const graph = graphMessage({
      name,
      nodes: bytes,
      constants: [],
      inputs: inputs.map((input) => valueMessage(input.name, TYPES[input.type], input.shape)),
      outputs,
    });
    return { graph, results, used: [...used] };
  }

  #inputLike({ shape, type }: Pick<Value, 'shape' | 'type'>): Value {
    return { name: this.#newName(), shape, type };
  }

  branch(choice: Value, onTrue: Body, onFalse: Body): Value[] {
    const taken = this.#graph('if_true', [], () => onTrue([]));
    const other = this.#graph('if_false', [], () => onFalse([]));
    const attributes = { then_branch: { graph: taken.graph }, else_branch: { graph: other.graph } };
    const used = [...taken.used, ...other.used];
    const names = this.#add('If', [choice.name], attributes, taken.results.length, used);
    return taken.results.map(({ shape, type }, i) => ({ name: names[i], shape, type }));
  }

  whileLoop(carries: readonly Value[], captured: readonly Value[], goesOn: Body, step: Body): Value[] {
    const [first] = goesOn([...carries, ...captured]);
    const counter = this.#inputLike({ shape: [], type: 'index' });
    const condition = this.#inputLike({ shape: [], type: 'truth' });
    const own = carries.map((carry) => this.#inputLike(carry));
    const { graph, used } = this.#graph('step', [counter, condition, ...own], () => {
      const next = step([...own, ...captured]);
      return [...goesOn([...next, ...captured]), ...next];
    });
    // Without a limit of steps.
    const inputs = ['', first.name, ...carries.map(({ name }) => name)];
    const names = this.#add('Loop', inputs, { body: { graph } }, carries.length, used);
    return carries.map((carry, i) => ({ ...carry, name: names[i] }));
  }

  scan({ steps, reverse, carries, xs, captured, outputs, body }: Scan): Value[] {
    // There has to be something to scan.
    const scanned = xs.length > 0 ? xs : [this.iota([steps], 0)];
    const own = carries.map((carry) => this.#inputLike(carry));
    const elements = scanned.map(({ shape, type }) => this.#inputLike({ shape: shape.slice(1), type }));
    const { graph, used } = this.#graph('step', [...own, ...elements], () =>
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
    const names = this.#add('Scan', inputs, attributes, carries.length + outputs.length, used);
    const stacked = outputs.map(({ shape, type }) => ({ shape: [steps, ...shape], type }));
    return [...carries, ...stacked].map(({ shape, type }, i) => ({ name: names[i], shape, type }));
  }

  /** Returns the graph of a program, with results under their names. */
  finish(inputs: readonly Value[], results: readonly Value[], names: readonly string[]): Bytes {
    const [scope] = this.#scopes;
    results.forEach(({ name }, i) => this.#addResult(scope, name, names[i]));
    const { bytes, used } = this.#writeNodes(scope);
    const typed = ({ name, shape, type }: Value): Bytes => valueMessage(name, TYPES[type], shape);
    return graphMessage({
      name: 'main',
      nodes: bytes,
      constants: [...this.#constants].flatMap(([name, constant]) => (used.has(name) ? [constant] : [])),
      inputs: inputs.map(typed),
      outputs: results.map((result, i) => typed({ ...result, name: names[i] })),
    });
  }
}
