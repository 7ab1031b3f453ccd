/** Writes operations as StableHLO text: https://openxla.org/stablehlo/spec */
import { sameShape } from '@mini/autograd/check';
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
import { allEqual, elementsText, nestedText } from './elements.ts';
import { BINARY, COMPARE, ELEMENTARY, REDUCE, UNARY, typeText } from './names.ts';
import { Writer } from './writer.ts';

const list = (numbers: readonly number[]): string => `[${numbers.join(', ')}]`;
const array = (numbers: readonly number[]): string => `array<i64: ${numbers.join(', ')}>`;

/** Writes each operation as a line. */
export class StableHloTarget extends ShapeRules implements ElementaryTarget {
  readonly #writer = new Writer();

  /** All lines, without those whose results are not used. */
  get text(): string {
    return this.#writer.text;
  }

  #emit(operation: string, type: ElementType, shape: Shape): Value {
    return this.#writer.emit(operation, type, shape);
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

  protected writeConvert(x: Value, type: ElementType): Value {
    return this.#convertTo(x, type, x.shape, `stablehlo.convert ${x.name}`);
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

  protected writeReshape(x: Value, shape: Shape): Value {
    return this.#convertTo(x, x.type, shape, `stablehlo.reshape ${x.name}`);
  }

  protected writeTranspose(x: Value, order: readonly number[], shape: Shape): Value {
    return this.#convertTo(x, x.type, shape, `stablehlo.transpose ${x.name}, dims = ${list(order)}`);
  }

  protected writeBroadcast(x: Value, shape: Shape): Value {
    const added = shape.length - x.shape.length;
    const axes = [...x.shape.keys()];
    // Axes of size 1 need not be there.
    const long = axes.filter((axis) => x.shape[axis] !== 1);
    const origin = this.originOf(x);
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

  protected writeSlice(x: Value, ranges: readonly Range[], shape: Shape): Value {
    const text = ranges.map(({ start, end, step }) => `${start}:${end}${step === 1 ? '' : `:${step}`}`);
    return this.#convertTo(x, x.type, shape, `stablehlo.slice ${x.name} [${text.join(', ')}]`);
  }

  protected writeReverse(x: Value, axes: readonly number[]): Value {
    return this.#emit(`stablehlo.reverse ${x.name}, dims = ${list(axes)} : ${typeText(x)}`, x.type, x.shape);
  }

  protected writeConcatenate(xs: readonly Value[], axis: number, shape: Shape): Value {
    const [{ type }] = xs;
    const names = xs.map(({ name }) => name).join(', ');
    return this.#emit(
      `stablehlo.concatenate ${names}, dim = ${axis} : (${xs.map(typeText).join(', ')}) -> ${typeText({ shape, type })}`,
      type,
      shape,
    );
  }

  protected writePad(x: Value, paddings: readonly Padding[], shape: Shape): Value {
    const zero = this.constant(x.type, [], [0]);
    const numbers = (of: (padding: Padding) => number): string => list(paddings.map(of));
    return this.#emit(
      `stablehlo.pad ${x.name}, ${zero.name}, low = ${numbers(({ low }) => low)}, high = ${numbers(({ high }) => high)}, interior = ${numbers(({ between }) => between)} : (${typeText(x)}, ${typeText(zero)}) -> ${typeText({ shape, type: x.type })}`,
      x.type,
      shape,
    );
  }

  protected writeReduce(name: ReduceName, x: Value, axes: readonly number[], shape: Shape): Value {
    const { op, initial } = REDUCE[name];
    const start = this.constant(x.type, [], [initial]);
    return this.#emit(
      `stablehlo.reduce(${x.name} init: ${start.name}) applies stablehlo.${op} across dimensions = ${list(axes)} : (${typeText(x)}, ${typeText(start)}) -> ${typeText({ shape, type: x.type })}`,
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
    const [result, own, other] = [this.#writer.newName(), this.#writer.newName(), this.#writer.newName()];
    this.#writer.write(
      `${result} = "stablehlo.scatter"(${x.name}, ${column.name}, ${rows.name}) <{indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = ${list(windows)}, inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, unique_indices = ${how === 'set'}}> ({`,
    );
    this.#writer.write(`^bb0(${own}: ${scalar}, ${other}: ${scalar}):`);
    this.#writer.region(() => {
      let changed = other;
      if (how !== 'set') {
        changed = this.#writer.newName();
        this.#writer.write(
          `${changed} = stablehlo.${how === 'add' ? 'add' : 'maximum'} ${own}, ${other} : ${scalar}`,
        );
      }
      this.#writer.write(`stablehlo.return ${changed} : ${scalar}`);
    });
    this.#writer.write(`}) : (${typeText(x)}, ${typeText(column)}, ${typeText(rows)}) -> ${typeText(x)}`);
    return { name: result, shape: x.shape, type: x.type };
  }

  argsort(x: Value, axis: number, descending: boolean): Value {
    const indices = this.iota(x.shape, axis);
    const [number, index] = ['float', 'index'].map((type) =>
      typeText({ shape: [], type: type as ElementType }),
    );
    const [result, a, b, i, j] = Array.from({ length: 5 }, () => this.#writer.newName());
    this.#writer.write(
      `${result}:2 = "stablehlo.sort"(${x.name}, ${indices.name}) <{dimension = ${axis} : i64, is_stable = true}> ({`,
    );
    this.#writer.write(`^bb0(${a}: ${number}, ${b}: ${number}, ${i}: ${index}, ${j}: ${index}):`);
    this.#writer.region(() => {
      // 0 equals -0, and all NaN are equal and greater than other numbers.
      const key = (name: string): Value => {
        const value: Value = { name, shape: [], type: 'float' };
        const zero = this.constant('float', [], [0]);
        const plain = this.select(this.compare('equal', value, zero), zero, value);
        return this.select(this.compare('equal', value, value), plain, this.constant('float', [], [NaN]));
      };
      const keys = [key(a), key(b)].map(({ name }) => name);
      const comes = this.#writer.newName();
      const truth = typeText({ shape: [], type: 'truth' });
      this.#writer.write(
        `${comes} = stablehlo.compare ${descending ? 'GT' : 'LT'}, ${keys.join(', ')}, TOTALORDER : (${number}, ${number}) -> ${truth}`,
      );
      this.#writer.write(`stablehlo.return ${comes} : ${truth}`);
    });
    const types = `${typeText(x)}, ${typeText(indices)}`;
    this.#writer.write(`}) : (${types}) -> (${types})`);
    return { name: `${result}#1`, shape: x.shape, type: 'index' };
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
    const writer = this.#writer;
    const result = writer.newName();
    const writeTrue = (): readonly Value[] => {
      let results: readonly Value[] = [];
      writer.region(() => writer.return((results = onTrue([]))));
      return results;
    };
    const results = writer.writeBehind(writeTrue, ({ length }) => {
      const count = length === 1 ? '' : `:${length}`;
      return `${result}${count} = "stablehlo.if"(${choice.name}) ({`;
    });
    writer.write('}, {');
    writer.region(() => writer.return(onFalse([])));
    const types = results.map(typeText).join(', ');
    writer.write(`}) : (${typeText(choice)}) -> ${results.length === 1 ? types : `(${types})`}`);
    return this.#resultsOf(result, results);
  }

  whileLoop(carries: readonly Value[], captured: readonly Value[], goesOn: Body, step: Body): Value[] {
    const operands = [...carries, ...captured];
    const result = this.#writer.newName();
    const inputs: Value[] = operands.map(({ shape, type }) => ({
      name: this.#writer.newName(),
      shape,
      type,
    }));
    const starts = inputs.map(({ name }, i) => `${name} = ${operands[i].name}`);
    const count = operands.length === 1 ? '' : `:${operands.length}`;
    this.#writer.write(
      `${result}${count} = stablehlo.while(${starts.join(', ')}) : ${operands.map(typeText).join(', ')}`,
    );
    this.#writer.write('cond {');
    this.#writer.region(() => this.#writer.return(goesOn(inputs)));
    this.#writer.write('} do {');
    this.#writer.region(() => this.#writer.return([...step(inputs), ...inputs.slice(carries.length)]));
    this.#writer.write('}');
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
    this.#writer.write(
      `return ${results.map(({ name }) => name).join(', ')} : ${results.map(typeText).join(', ')}`,
    );
  }
}
