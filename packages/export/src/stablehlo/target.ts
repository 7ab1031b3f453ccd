/** Writes operations as StableHLO text: https://openxla.org/stablehlo/spec */
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
import { allEqual, elementsText, nestedText } from './elements.ts';
import { BINARY, COMPARE, ELEMENTARY, REDUCE, UNARY, typeText } from './names.ts';

const list = (numbers: readonly number[]): string => `[${numbers.join(', ')}]`;
const array = (numbers: readonly number[]): string => `array<i64: ${numbers.join(', ')}>`;

/** The lines of a program. Equal operations are written once in each region. */
export class StableHloTarget implements ElementaryTarget {
  #lines: string[] = [];
  #indent = '    ';
  #known = new Map<string, Value>();
  #count = 0;
  readonly #reshapes = new Reshapes();

  /** All lines, without those whose results are not used. */
  get text(): string {
    const used = new Set<string>();
    const lines = this.#lines.toReversed().filter((line) => {
      // Constants can be long, and have no operands.
      const isConstant = /^ *%\d+ = stablehlo\.constant /.test(line);
      const [result = '', ...operands] = line.match(isConstant ? /%\d+/ : /%\w+/g) ?? [];
      const isDefinition =
        /^ *%\d+ = /.test(line) && !line.endsWith('({') && !line.includes('stablehlo.while(');
      if (isDefinition && !used.has(result)) return false;
      for (const name of isDefinition ? operands : [result, ...operands]) used.add(name);
      return true;
    });
    return lines.toReversed().join('\n');
  }

  #newName(): string {
    return `%${this.#count++}`;
  }

  /** Writes an operation with one result, unless the same one is there already. */
  #emit(operation: string, type: ElementType, shape: Shape): Value {
    const known = this.#known.get(operation);
    if (known !== undefined) return known;
    const value: Value = { name: this.#newName(), shape, type };
    this.#write(`${value.name} = ${operation}`);
    this.#known.set(operation, value);
    return value;
  }

  #write(line: string): void {
    this.#lines.push(`${this.#indent}${line}`);
  }

  /** Writes a region: what `f` writes is indented, and known only there. */
  #region(f: () => void): void {
    const [indent, known] = [this.#indent, this.#known];
    this.#indent = `${indent}  `;
    this.#known = new Map();
    f();
    this.#indent = indent;
    this.#known = known;
  }

  constant(type: ElementType, shape: Shape, elements: ArrayLike<number>): Value {
    const isMixed = type === 'truth' && !allEqual(elements);
    const text = isMixed ? nestedText(type, shape, Array.from(elements)) : elementsText(type, elements);
    return this.#emit(`stablehlo.constant dense<${text}> : ${typeText({ shape, type })}`, type, shape);
  }

  iota(shape: Shape, axis: number): Value {
    return this.#emit(`stablehlo.iota dim = ${axis} : ${typeText({ shape, type: 'index' })}`, 'index', shape);
  }

  #same(op: string, x: Value): Value {
    return this.#emit(`stablehlo.${op} ${x.name} : ${typeText(x)}`, x.type, x.shape);
  }

  unary(name: UnaryName, x: Value): Value {
    return this.#same(UNARY[name], x);
  }

  #broadcastAll(...xs: readonly Value[]): readonly Value[] {
    const shape = broadcastShape(...xs.map((x) => x.shape));
    return xs.map((x) => this.broadcast(x, shape));
  }

  #pair(op: string, a: Value, b: Value): Value {
    const [x, y] = this.#broadcastAll(a, b);
    return this.#emit(`stablehlo.${op} ${x.name}, ${y.name} : ${typeText(x)}`, x.type, x.shape);
  }

  binary(name: BinaryName, a: Value, b: Value): Value {
    return this.#pair(BINARY[name], a, b);
  }

  elementary(name: string, operands: readonly Value[]): Value | undefined {
    const op = ELEMENTARY[name];
    if (op === undefined) return undefined;
    const [a, b] = operands;
    return b === undefined ? this.#same(op, a) : this.#pair(op, a, b);
  }

  compare(name: CompareName, a: Value, b: Value): Value {
    const [x, y] = this.#broadcastAll(a, b);
    const kind = { float: 'FLOAT', index: 'SIGNED', word: 'UNSIGNED', truth: 'UNSIGNED' }[x.type];
    return this.#emit(
      `stablehlo.compare ${COMPARE[name]}, ${x.name}, ${y.name}, ${kind} : (${typeText(x)}, ${typeText(y)}) -> ${typeText({ shape: x.shape, type: 'truth' })}`,
      'truth',
      x.shape,
    );
  }

  select(mask: Value, a: Value, b: Value): Value {
    const [m, x, y] = this.#broadcastAll(mask, a, b);
    return this.#emit(
      `stablehlo.select ${m.name}, ${x.name}, ${y.name} : ${typeText(m)}, ${typeText(x)}`,
      x.type,
      x.shape,
    );
  }

  #convertTo(x: Value, type: ElementType, shape: Shape, operation: string): Value {
    return this.#emit(`${operation} : (${typeText(x)}) -> ${typeText({ shape, type })}`, type, shape);
  }

  convert(x: Value, type: ElementType): Value {
    return x.type === type ? x : this.#convertTo(x, type, x.shape, `stablehlo.convert ${x.name}`);
  }

  #shift(op: string, x: Value, bits: number): Value {
    return this.#pair(op, x, this.constant('word', [], [bits]));
  }

  rotateLeft(x: Value, bits: number): Value {
    return this.#pair('or', this.#shift('shift_left', x, bits), this.shiftRight(x, 32 - bits));
  }

  shiftRight(x: Value, bits: number): Value {
    return this.#shift('shift_right_logical', x, bits);
  }

  remainder(x: Value, divisor: number): Value {
    return this.#pair('remainder', x, this.constant('word', [], [divisor]));
  }

  reshape(x: Value, shape: Shape): Value {
    const origin = this.#reshapes.originOf(x);
    if (sameShape(x.shape, shape)) return x;
    if (sameShape(origin.shape, shape)) return origin;
    const reshaped = this.#convertTo(origin, x.type, shape, `stablehlo.reshape ${origin.name}`);
    return this.#reshapes.record(reshaped, origin);
  }

  transpose(x: Value, order: readonly number[]): Value {
    const shape = order.map((axis) => x.shape[axis]);
    return this.#convertTo(x, x.type, shape, `stablehlo.transpose ${x.name}, dims = ${list(order)}`);
  }

  broadcast(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    const added = shape.length - x.shape.length;
    const axes = [...x.shape.keys()];
    // Axes of size 1 need not be there.
    const long = axes.filter((axis) => x.shape[axis] !== 1);
    const origin = this.#reshapes.originOf(x);
    const isSame = sameShape(
      origin.shape,
      long.map((axis) => x.shape[axis]),
    );
    const [source, used] = isSame ? [origin, long] : [x, axes];
    const dims = used.map((axis) => added + axis);
    return this.#convertTo(
      source,
      x.type,
      shape,
      `stablehlo.broadcast_in_dim ${source.name}, dims = ${list(dims)}`,
    );
  }

  slice(x: Value, ranges: readonly Range[]): Value {
    const shape = ranges.map(({ start, end, step }) => Math.ceil((end - start) / step));
    const text = ranges.map(({ start, end, step }) => `${start}:${end}${step === 1 ? '' : `:${step}`}`);
    return this.#convertTo(x, x.type, shape, `stablehlo.slice ${x.name} [${text.join(', ')}]`);
  }

  reverse(x: Value, axes: readonly number[]): Value {
    return this.#emit(`stablehlo.reverse ${x.name}, dims = ${list(axes)} : ${typeText(x)}`, x.type, x.shape);
  }

  concatenate(xs: readonly Value[], axis: number): Value {
    if (xs.length === 1) return xs[0];
    const [{ type, shape }] = xs;
    const whole = shape.with(
      axis,
      xs.reduce((sum, x) => sum + x.shape[axis], 0),
    );
    return this.#emit(
      `stablehlo.concatenate ${xs.map(({ name }) => name).join(', ')}, dim = ${axis} : (${xs.map(typeText).join(', ')}) -> ${typeText({ shape: whole, type })}`,
      type,
      whole,
    );
  }

  pad(x: Value, paddings: readonly Padding[]): Value {
    const zero = this.constant(x.type, [], [0]);
    const shape = paddings.map(
      ({ low, high, between }, axis) => low + high + x.shape[axis] + between * Math.max(0, x.shape[axis] - 1),
    );
    const numbers = (of: (padding: Padding) => number): string => list(paddings.map(of));
    return this.#emit(
      `stablehlo.pad ${x.name}, ${zero.name}, low = ${numbers(({ low }) => low)}, high = ${numbers(({ high }) => high)}, interior = ${numbers(({ between }) => between)} : (${typeText(x)}, ${typeText(zero)}) -> ${typeText({ shape, type: x.type })}`,
      x.type,
      shape,
    );
  }

  reduce(name: ReduceName, x: Value, axes: readonly number[]): Value {
    if (axes.length === 0) return x;
    const { op, initial } = REDUCE[name];
    const start = this.constant(x.type, [], [initial]);
    const shape = x.shape.filter((_, axis) => !axes.includes(axis));
    return this.#emit(
      `stablehlo.reduce(${x.name} init: ${start.name}) applies stablehlo.${op} across dimensions = ${list(axes.toSorted((a, b) => a - b))} : (${typeText(x)}, ${typeText(start)}) -> ${typeText({ shape, type: x.type })}`,
      x.type,
      shape,
    );
  }

  matmul(a: Factor, b: Factor): Value {
    const count = Math.max(a.value.shape[0], b.value.shape[0]);
    const [[rows], [, columns]] = [matrixShape(a), matrixShape(b)];
    const isShared = b.value.shape[0] === 1;
    // A matrix that all products share needs no copies: the rows of the others are joined.
    if (isShared && (count === 1 || !a.isTransposed)) {
      const [, first, second] = a.value.shape;
      const x = this.reshape(a.value, [count * first, second]);
      const y = this.reshape(b.value, b.value.shape.slice(1));
      const contracting = `${list([a.isTransposed ? 0 : 1])} x ${list([b.isTransposed ? 1 : 0])}`;
      const product = this.#dot(x, y, `contracting_dims = ${contracting}`, [count * rows, columns]);
      return this.reshape(product, [count, rows, columns]);
    }
    const [x, y] = [a, b].map(({ value }) => this.broadcast(value, [count, ...value.shape.slice(1)]));
    const contracting = `${list([a.isTransposed ? 1 : 2])} x ${list([b.isTransposed ? 2 : 1])}`;
    return this.#dot(x, y, `batching_dims = [0] x [0], contracting_dims = ${contracting}`, [
      count,
      rows,
      columns,
    ]);
  }

  #dot(a: Value, b: Value, dims: string, shape: Shape): Value {
    return this.#emit(
      `stablehlo.dot_general ${a.name}, ${b.name}, ${dims}, precision = [HIGHEST, HIGHEST] : (${typeText(a)}, ${typeText(b)}) -> ${typeText({ shape, type: 'float' })}`,
      'float',
      shape,
    );
  }

  takeRows(x: Value, indices: Value): Value {
    const [count] = indices.shape;
    const rest = x.shape.slice(1);
    const column = this.reshape(indices, [count, 1]);
    const shape = [count, ...rest];
    const offset = rest.map((_, axis) => axis + 1);
    return this.#emit(
      `"stablehlo.gather"(${x.name}, ${column.name}) <{dimension_numbers = #stablehlo.gather<offset_dims = ${list(offset)}, collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = ${array([1, ...rest])}}> : (${typeText(x)}, ${typeText(column)}) -> ${typeText({ shape, type: x.type })}`,
      x.type,
      shape,
    );
  }

  scatterRows(how: 'set' | 'add' | 'max', x: Value, indices: Value, rows: Value): Value {
    const column = this.reshape(indices, [indices.shape[0], 1]);
    const windows = rows.shape.slice(1).map((_, axis) => axis + 1);
    const scalar = typeText({ shape: [], type: x.type });
    const [result, own, other] = [this.#newName(), this.#newName(), this.#newName()];
    this.#write(
      `${result} = "stablehlo.scatter"(${x.name}, ${column.name}, ${rows.name}) <{indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = ${list(windows)}, inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, unique_indices = ${how === 'set'}}> ({`,
    );
    this.#write(`^bb0(${own}: ${scalar}, ${other}: ${scalar}):`);
    this.#region(() => {
      let changed = other;
      if (how !== 'set') {
        changed = this.#newName();
        this.#write(
          `${changed} = stablehlo.${how === 'add' ? 'add' : 'maximum'} ${own}, ${other} : ${scalar}`,
        );
      }
      this.#write(`stablehlo.return ${changed} : ${scalar}`);
    });
    this.#write(`}) : (${typeText(x)}, ${typeText(column)}, ${typeText(rows)}) -> ${typeText(x)}`);
    return { name: result, shape: x.shape, type: x.type };
  }

  argsort(x: Value, axis: number, descending: boolean): Value {
    const indices = this.iota(x.shape, axis);
    const [number, index] = ['float', 'index'].map((type) =>
      typeText({ shape: [], type: type as ElementType }),
    );
    const [result, a, b, i, j] = Array.from({ length: 5 }, () => this.#newName());
    this.#write(
      `${result}:2 = "stablehlo.sort"(${x.name}, ${indices.name}) <{dimension = ${axis} : i64, is_stable = true}> ({`,
    );
    this.#write(`^bb0(${a}: ${number}, ${b}: ${number}, ${i}: ${index}, ${j}: ${index}):`);
    this.#region(() => {
      // 0 equals -0, and all NaN are equal and greater than other numbers.
      const key = (name: string): Value => {
        const value: Value = { name, shape: [], type: 'float' };
        const zero = this.constant('float', [], [0]);
        const plain = this.select(this.compare('equal', value, zero), zero, value);
        return this.select(this.compare('equal', value, value), plain, this.constant('float', [], [NaN]));
      };
      const keys = [key(a), key(b)].map(({ name }) => name);
      const comes = this.#newName();
      const truth = typeText({ shape: [], type: 'truth' });
      this.#write(
        `${comes} = stablehlo.compare ${descending ? 'GT' : 'LT'}, ${keys.join(', ')}, TOTALORDER : (${number}, ${number}) -> ${truth}`,
      );
      this.#write(`stablehlo.return ${comes} : ${truth}`);
    });
    const types = `${typeText(x)}, ${typeText(indices)}`;
    this.#write(`}) : (${types}) -> (${types})`);
    return { name: `${result}#1`, shape: x.shape, type: 'index' };
  }

  #return(values: readonly Value[]): void {
    const types = values.length === 0 ? '' : ` : ${values.map(typeText).join(', ')}`;
    this.#write(`stablehlo.return ${values.map(({ name }) => name).join(', ')}${types}`);
  }

  /** The results of an operation with several results. */
  #resultsOf(name: string, like: readonly Pick<Value, 'shape' | 'type'>[]): Value[] {
    return like.map(({ shape, type }, i) => ({
      name: like.length === 1 ? name : `${name}#${i}`,
      shape,
      type,
    }));
  }

  branch(choice: Value, onTrue: Body, onFalse: Body): Value[] {
    const result = this.#newName();
    const start = this.#lines.length;
    let results: readonly Value[] = [];
    this.#write('');
    this.#region(() => {
      results = onTrue([]);
      this.#return(results);
    });
    this.#write('}, {');
    this.#region(() => this.#return(onFalse([])));
    const types = results.map(typeText);
    const list = results.length === 1 ? types[0] : `(${types.join(', ')})`;
    this.#write(`}) : (${typeText(choice)}) -> ${list}`);
    const count = results.length === 1 ? '' : `:${results.length}`;
    this.#lines[start] = `${this.#indent}${result}${count} = "stablehlo.if"(${choice.name}) ({`;
    return this.#resultsOf(result, results);
  }

  whileLoop(carries: readonly Value[], captured: readonly Value[], goesOn: Body, step: Body): Value[] {
    const operands = [...carries, ...captured];
    const result = this.#newName();
    const inputs: Value[] = operands.map(({ shape, type }) => ({ name: this.#newName(), shape, type }));
    const starts = inputs.map(({ name }, i) => `${name} = ${operands[i].name}`);
    const count = operands.length === 1 ? '' : `:${operands.length}`;
    this.#write(
      `${result}${count} = stablehlo.while(${starts.join(', ')}) : ${operands.map(typeText).join(', ')}`,
    );
    this.#write('cond {');
    this.#region(() => this.#return(goesOn(inputs)));
    this.#write('} do {');
    this.#region(() => this.#return([...step(inputs), ...inputs.slice(carries.length)]));
    this.#write('}');
    return this.#resultsOf(result, operands).slice(0, carries.length);
  }

  scan({ steps, reverse, carries, xs, captured, outputs, body }: Scan): Value[] {
    const first = this.constant('index', [], [0]);
    const stacks = outputs.map(({ shape, type }) =>
      this.broadcast(this.constant(type, [], [0]), [steps, ...shape]),
    );
    const state = [first, ...carries, ...stacks];
    const position = (counter: Value): Value =>
      reverse ? this.binary('sub', this.constant('index', [], [steps - 1]), counter) : counter;
    const startsAt = (counter: Value, { shape }: Value): string => {
      const zero = shape.length > 1 ? this.constant('index', [], [0]).name : '';
      return [position(counter).name, ...shape.slice(1).map(() => zero)].join(', ');
    };
    const types = (...values: readonly Pick<Value, 'shape' | 'type'>[]): string =>
      values.map(typeText).join(', ');
    const indexTypes = ({ shape }: Value): readonly Pick<Value, 'shape' | 'type'>[] =>
      shape.map(() => ({ shape: [], type: 'index' }));
    const results = this.whileLoop(
      state,
      [...xs, ...captured],
      ([counter]) => [this.compare('less', counter, this.constant('index', [], [steps]))],
      (inputs) => {
        const [counter] = inputs;
        const own = inputs.slice(1, 1 + carries.length);
        const stacked = inputs.slice(1 + carries.length, state.length);
        const elements = inputs.slice(state.length, state.length + xs.length).map((x) => {
          const sizes = [1, ...x.shape.slice(1)];
          const row = this.#emit(
            `stablehlo.dynamic_slice ${x.name}, ${startsAt(counter, x)}, sizes = ${list(sizes)} : (${types(x, ...indexTypes(x))}) -> ${typeText({ shape: sizes, type: x.type })}`,
            x.type,
            sizes,
          );
          return this.reshape(row, x.shape.slice(1));
        });
        const made = body([...own, ...elements, ...inputs.slice(state.length + xs.length)]);
        const rows = made.slice(carries.length).map((y, i) => {
          const row = this.reshape(y, [1, ...y.shape]);
          const stack = stacked[i];
          return this.#emit(
            `stablehlo.dynamic_update_slice ${stack.name}, ${row.name}, ${startsAt(counter, stack)} : (${types(stack, row, ...indexTypes(stack))}) -> ${typeText(stack)}`,
            stack.type,
            stack.shape,
          );
        });
        return [
          this.binary('add', counter, this.constant('index', [], [1])),
          ...made.slice(0, carries.length),
          ...rows,
        ];
      },
    );
    return results.slice(1);
  }

  /** Writes the last line of a function. */
  finish(results: readonly Value[]): void {
    this.#write(`return ${results.map(({ name }) => name).join(', ')} : ${results.map(typeText).join(', ')}`);
  }
}
