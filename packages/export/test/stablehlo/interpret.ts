/**
 * Runs StableHLO text, in float32 with sums in double precision, by the definitions of
 * https://openxla.org/stablehlo/spec. It is slow and simple, for tests.
 */
import { type FunctionText, type Operation, type Region, type Type, parse, typesIn } from './parse.ts';

export interface ArrayValue extends Type {
  readonly data: Float64Array;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

const stridesOf = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));

/** Rounds or wraps a number to what an element type can hold. */
const hold = (element: string, value: number): number => {
  if (element === 'f32') return Math.fround(value);
  if (element === 'i1') return Number(value !== 0);
  if (element === 'i32') return value | 0;
  if (element === 'ui32') return value >>> 0;
  if (element === 'ui64') return value;
  throw new Error(`unknown element type ${element}`);
};

const make = ({ shape, element }: Type, at: (index: number) => number): ArrayValue => ({
  shape,
  element,
  data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => hold(element, at(i))),
});

/** The index along each axis of the element number i. */
const indexOf = (i: number, shape: readonly number[]): number[] =>
  stridesOf(shape).map((stride, axis) => Math.floor(i / stride) % shape[axis]);

const positionOf = (index: readonly number[], shape: readonly number[]): number =>
  stridesOf(shape).reduce((sum, stride, axis) => sum + stride * index[axis], 0);

/** The integers of an attribute such as `dims = [0, 1]` or `sizes = array<i64: 1, 2>`. */
const integers = (text: string, name: string): number[] => {
  const found = new RegExp(`\\b${name} = (?:\\[|array<i64:?)([^\\]>]*)`).exec(text);
  return found === null
    ? []
    : found[1].split(',').flatMap((part) => (part.trim() === '' ? [] : [Number(part)]));
};

const numberOf = (text: string, element: string): number => {
  if (text === 'true' || text === 'false') return Number(text === 'true');
  if (!text.startsWith('0x')) return Number(text);
  const word = Number.parseInt(text.slice(2), 16);
  return element === 'f32' ? new Float32Array(Uint32Array.of(word).buffer)[0] : word;
};

const constant = (text: string, type: Type): ArrayValue => {
  const [, content] = /dense<(.*)> : /.exec(text) as RegExpExecArray;
  const blob = /^"0x([0-9A-F]*)"$/.exec(content);
  if (blob !== null) {
    const bytes = new DataView(
      Uint8Array.from(blob[1].match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)).buffer,
    );
    return make(type, (i) =>
      type.element === 'f32' ? bytes.getFloat32(4 * i, true) : bytes.getInt32(4 * i, true),
    );
  }
  const numbers = content
    .replaceAll(/[[\]]/g, '')
    .split(',')
    .map((part) => numberOf(part.trim(), type.element));
  return make(type, (i) => numbers[numbers.length === 1 ? 0 : i]);
};

const roundToEven = (x: number): number => {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
};

const UNARY: Readonly<Record<string, (x: number, element: string) => number>> = {
  abs: Math.abs,
  cbrt: Math.cbrt,
  ceil: Math.ceil,
  convert: (x) => x,
  cosine: Math.cos,
  exponential: Math.exp,
  exponential_minus_one: Math.expm1,
  floor: Math.floor,
  log: Math.log,
  log_plus_one: Math.log1p,
  logistic: (x) => 1 / (1 + Math.exp(-x)),
  negate: (x) => -x,
  not: (x) => Number(x === 0),
  round_nearest_even: roundToEven,
  rsqrt: (x) => 1 / Math.sqrt(x),
  sine: Math.sin,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
};

const BINARY: Readonly<Record<string, (a: number, b: number, element: string) => number>> = {
  add: (a, b) => a + b,
  and: (a, b, element) => (element === 'i1' ? a * b : a & b),
  atan2: Math.atan2,
  divide: (a, b) => a / b,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
  multiply: (a, b, element) => (element.endsWith('32') && element !== 'f32' ? Math.imul(a, b) : a * b),
  or: (a, b, element) => (element === 'i1' ? Math.max(a, b) : a | b),
  // As in C, where a power of 1 is 1, and so is one of -1 with an infinite exponent.
  power: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b),
  remainder: (a, b) => a % b,
  shift_left: (a, b) => (b >= 32 ? 0 : a << b),
  shift_right_logical: (a, b, element) =>
    element === 'ui64' ? Math.floor(a / 2 ** b) : b >= 32 ? 0 : a >>> b,
  subtract: (a, b) => a - b,
  xor: (a, b) => a ^ b,
};

/** The order of the standard, in which -0 is less than 0 and NaN comes last. */
const totalKey = (x: number): number => (Number.isNaN(x) ? Infinity : x);
const totalLess = (a: number, b: number): boolean => {
  if (Number.isNaN(a)) return false;
  if (Number.isNaN(b)) return true;
  return a < b || (a === 0 && b === 0 && Object.is(a, -0) && !Object.is(b, -0)) || totalKey(a) < totalKey(b);
};

const compare = (text: string, a: number, b: number): boolean => {
  const [, direction] = /compare (\w+),/.exec(text) as RegExpExecArray;
  if (text.includes('TOTALORDER')) return direction === 'LT' ? totalLess(a, b) : totalLess(b, a);
  const results: Readonly<Record<string, boolean>> = {
    EQ: a === b,
    NE: a !== b,
    LT: a < b,
    LE: a <= b,
    GT: a > b,
    GE: a >= b,
  };
  return results[direction];
};

/** The values of a region, and of the regions around it. */
class Environment {
  readonly #own = new Map<string, ArrayValue>();
  readonly #around: Environment | undefined;

  constructor(around?: Environment) {
    this.#around = around;
  }

  get(name: string): ArrayValue | undefined {
    return this.#own.get(name) ?? this.#around?.get(name);
  }

  set(name: string, value: ArrayValue): void {
    this.#own.set(name, value);
  }
}

class Interpreter {
  readonly #functions: ReadonlyMap<string, FunctionText>;

  constructor(functions: readonly FunctionText[]) {
    this.#functions = new Map(functions.map((own) => [own.name, own]));
  }

  call(name: string, args: readonly ArrayValue[]): ArrayValue[] {
    const own = this.#functions.get(name);
    if (own === undefined) throw new Error(`no function ${name}`);
    return this.#run(own, args, new Environment());
  }

  /** Runs a region, which can use the values around it. */
  #run({ parameters, operations }: Region, args: readonly ArrayValue[], around: Environment): ArrayValue[] {
    const values = new Environment(around);
    parameters.forEach((name, i) => values.set(name, args[i]));
    const valueOf = (name: string): ArrayValue => {
      const found = values.get(name) ?? values.get(name.replace(/#0$/, ''));
      if (found === undefined) throw new Error(`unknown value ${name}`);
      return found;
    };
    for (const operation of operations) {
      const { op, operands, result } = operation;
      const inputs = operands.map(valueOf);
      if (op === 'return' || op === 'stablehlo.return') return inputs;
      const results = this.#apply(operation, inputs, values);
      results.forEach((value, i) => {
        const type = operation.types[i];
        if (type !== undefined && value.shape.join() !== type.shape.join())
          throw new Error(`${operation.text}: got shape [${value.shape}]`);
        values.set(`${result}#${i}`, value);
        if (i === 0) values.set(String(result), value);
      });
    }
    throw new Error('a region without return');
  }

  #apply(operation: Operation, inputs: readonly ArrayValue[], around: Environment): ArrayValue[] {
    const { op, text, types, regions } = operation;
    const [type] = types;
    const [x, y] = inputs;
    const scalar = (value: number, element: string): ArrayValue => make({ shape: [], element }, () => value);
    const name = op.replace('stablehlo.', '');
    if (name === 'constant') return [constant(text, type)];
    if (name in UNARY) return [make(type, (i) => UNARY[name](x.data[i], x.element))];
    if (name in BINARY) return [make(type, (i) => BINARY[name](x.data[i], y.data[i], x.element))];
    switch (name) {
      case 'call':
      case 'func.call':
        return this.call((/@(\w+)/.exec(text) as RegExpExecArray)[1], inputs);
      case 'compare':
        return [make({ shape: x.shape, element: 'i1' }, (i) => Number(compare(text, x.data[i], y.data[i])))];
      case 'select':
        return [make(y, (i) => (x.data[x.shape.length === 0 ? 0 : i] === 0 ? inputs[2] : y).data[i])];
      case 'bitcast_convert': {
        const bits =
          x.element === 'f32'
            ? new Uint32Array(Float32Array.from(x.data).buffer)
            : new Float32Array(Uint32Array.from(x.data).buffer);
        return [make(type, (i) => bits[i])];
      }
      case 'iota': {
        const axis = Number((/dim = (\d+)/.exec(text) as RegExpExecArray)[1]);
        return [make(type, (i) => indexOf(i, type.shape)[axis])];
      }
      case 'reshape':
        return [make(type, (i) => x.data[i])];
      case 'broadcast_in_dim': {
        const dims = integers(text, 'dims');
        return [
          make(type, (i) => {
            const index = indexOf(i, type.shape);
            return x.data[
              positionOf(
                dims.map((axis, a) => (x.shape[a] === 1 ? 0 : index[axis])),
                x.shape,
              )
            ];
          }),
        ];
      }
      case 'transpose': {
        const dims = integers(text, 'dims');
        return [
          make(type, (i) => {
            const index = indexOf(i, type.shape);
            return x.data[
              positionOf(
                x.shape.map((_, axis) => index[dims.indexOf(axis)]),
                x.shape,
              )
            ];
          }),
        ];
      }
      case 'reverse': {
        const dims = integers(text, 'dims');
        return [
          make(type, (i) => {
            const index = indexOf(i, type.shape).map((at, axis) =>
              dims.includes(axis) ? x.shape[axis] - 1 - at : at,
            );
            return x.data[positionOf(index, x.shape)];
          }),
        ];
      }
      case 'slice': {
        const [, list = ''] = /\[([\d:, ]*)\]/.exec(text) ?? [];
        const ranges = list.split(',').map((part) => part.split(':').map(Number));
        return [
          make(type, (i) => {
            const index = indexOf(i, type.shape).map(
              (at, axis) => ranges[axis][0] + at * (ranges[axis][2] ?? 1),
            );
            return x.data[positionOf(index, x.shape)];
          }),
        ];
      }
      case 'concatenate': {
        const axis = Number((/dim = (\d+)/.exec(text) as RegExpExecArray)[1]);
        return [
          make(type, (i) => {
            const index = indexOf(i, type.shape);
            for (const input of inputs) {
              if (index[axis] < input.shape[axis]) return input.data[positionOf(index, input.shape)];
              index[axis] -= input.shape[axis];
            }
            throw new Error('beyond all operands');
          }),
        ];
      }
      case 'pad': {
        const [low, interior] = [integers(text, 'low'), integers(text, 'interior')];
        return [
          make(type, (i) => {
            const index = indexOf(i, type.shape).map((at, axis) => (at - low[axis]) / (interior[axis] + 1));
            const isInside = index.every((at, axis) => Number.isInteger(at) && at >= 0 && at < x.shape[axis]);
            return isInside ? x.data[positionOf(index, x.shape)] : y.data[0];
          }),
        ];
      }
      case 'dot_general': {
        const pairs = (what: string): [number[], number[]] => {
          const found = new RegExp(`${what} = \\[([\\d, ]*)\\] x \\[([\\d, ]*)\\]`).exec(text);
          const list = (part = ''): number[] =>
            part.split(',').flatMap((n) => (n.trim() === '' ? [] : [Number(n)]));
          return [list(found?.[1]), list(found?.[2])];
        };
        const [batchA, batchB] = pairs('batching_dims');
        const [sumA, sumB] = pairs('contracting_dims');
        const free = (shape: readonly number[], used: readonly number[]): number[] =>
          [...shape.keys()].filter((axis) => !used.includes(axis));
        const [freeA, freeB] = [free(x.shape, [...batchA, ...sumA]), free(y.shape, [...batchB, ...sumB])];
        const sums = sumA.map((axis) => x.shape[axis]);
        const [stridesA, stridesB] = [stridesOf(x.shape), stridesOf(y.shape)];
        const along = (
          strides: readonly number[],
          axes: readonly number[],
          index: readonly number[],
        ): number => axes.reduce((total, axis, k) => total + strides[axis] * index[k], 0);
        const terms = Array.from({ length: sizeOf(sums) }, (_, s) => indexOf(s, sums));
        const termsA = terms.map((index) => along(stridesA, sumA, index));
        const termsB = terms.map((index) => along(stridesB, sumB, index));
        return [
          make(type, (i) => {
            const index = indexOf(i, type.shape);
            const rest = index.slice(batchA.length);
            const a = along(stridesA, batchA, index) + along(stridesA, freeA, rest);
            const b = along(stridesB, batchB, index) + along(stridesB, freeB, rest.slice(freeA.length));
            let total = 0;
            for (let s = 0; s < termsA.length; s++) total += x.data[a + termsA[s]] * y.data[b + termsB[s]];
            return total;
          }),
        ];
      }
      case 'reduce': {
        const axes = integers(text, 'dimensions');
        const count = inputs.length / 2;
        const [values, starts] = [inputs.filter((_, i) => i % 2 === 0), inputs.filter((_, i) => i % 2 === 1)];
        const { shape } = values[0];
        const kept = [...shape.keys()].filter((axis) => !axes.includes(axis));
        const resultShape = kept.map((axis) => shape[axis]);
        const totals = starts.map(({ data }) => new Float64Array(sizeOf(resultShape)).fill(data[0]));
        const applied = /applies stablehlo\.(\w+)/.exec(text)?.[1];
        for (let i = 0; i < sizeOf(shape); i++) {
          const index = indexOf(i, shape);
          const at = positionOf(
            kept.map((axis) => index[axis]),
            resultShape,
          );
          if (applied !== undefined)
            totals[0][at] = BINARY[applied](totals[0][at], values[0].data[i], values[0].element);
          else {
            const next = this.#run(
              regions[0],
              [
                ...totals.map((total, k) => scalar(total[at], values[k].element)),
                ...values.map((value) => scalar(value.data[i], value.element)),
              ],
              around,
            );
            next.forEach((value, k) => (totals[k][at] = value.data[0]));
          }
        }
        return Array.from({ length: count }, (_, k) =>
          make({ shape: resultShape, element: values[k].element }, (i) => totals[k][i]),
        );
      }
      case 'gather': {
        const offset = integers(text, 'offset_dims');
        const sizes = integers(text, 'slice_sizes');
        const isRows =
          integers(text, 'collapsed_slice_dims').join() === '0' &&
          integers(text, 'start_index_map').join() === '0';
        if (!isRows || offset.some((axis, i) => axis !== i + 1) || sizes[0] !== 1)
          throw new Error(`only rows: ${text}`);
        const row = sizeOf(x.shape.slice(1));
        // Indices beyond the ends are moved to them.
        return [
          make(
            type,
            (i) =>
              x.data[Math.min(Math.max(y.data[Math.floor(i / row)], 0), x.shape[0] - 1) * row + (i % row)],
          ),
        ];
      }
      case 'scatter': {
        const row = sizeOf(x.shape.slice(1));
        const data = x.data.slice();
        inputs[2].data.forEach((update, i) => {
          const line = y.data[Math.floor(i / row)];
          // Updates outside are skipped.
          if (line < 0 || line >= x.shape[0]) return;
          const at = line * row + (i % row);
          data[at] = this.#run(
            regions[0],
            [scalar(data[at], x.element), scalar(update, x.element)],
            around,
          )[0].data[0];
        });
        return [make(x, (i) => data[i])];
      }
      case 'sort': {
        const axis = Number((/dimension = (\d+)/.exec(text) as RegExpExecArray)[1]);
        const results = inputs.map((input) => ({ ...input, data: input.data.slice() }));
        const stride = stridesOf(x.shape)[axis];
        for (let first = 0; first < x.data.length; first++) {
          if (indexOf(first, x.shape)[axis] !== 0) continue;
          const line = Array.from({ length: x.shape[axis] }, (_, j) => first + j * stride);
          const isBefore = (a: number, b: number): boolean =>
            this.#run(
              regions[0],
              inputs.flatMap(({ data, element }) => [scalar(data[a], element), scalar(data[b], element)]),
              around,
            )[0].data[0] !== 0;
          const sorted = line.toSorted((a, b) => Number(isBefore(b, a)) - Number(isBefore(a, b)));
          inputs.forEach(({ data }, k) => line.forEach((at, j) => (results[k].data[at] = data[sorted[j]])));
        }
        return results;
      }
      case 'dynamic_slice':
      case 'dynamic_update_slice': {
        const isSlice = name === 'dynamic_slice';
        const block = isSlice ? type.shape : y.shape;
        const starts = inputs
          .slice(isSlice ? 1 : 2)
          .map(({ data }, axis) => Math.min(Math.max(data[0], 0), x.shape[axis] - block[axis]));
        const outside = (i: number): number =>
          positionOf(
            indexOf(i, block).map((at, axis) => at + starts[axis]),
            x.shape,
          );
        if (isSlice) return [make(type, (i) => x.data[outside(i)])];
        const data = x.data.slice();
        y.data.forEach((value, i) => (data[outside(i)] = value));
        return [make(x, (i) => data[i])];
      }
      case 'while': {
        let values = [...inputs];
        while (this.#run(regions[0], values, around)[0].data[0] !== 0)
          values = this.#run(regions[1], values, around);
        return values;
      }
      case 'if':
        return this.#run(regions[x.data[0] === 0 ? 1 : 0], [], around);
      case 'case':
        return this.#run(regions[Math.min(Math.max(x.data[0], 0), regions.length - 1)], [], around);
      default:
        throw new Error(`unknown operation ${op}`);
    }
  }
}

/** Runs the main function of a text. */
export const interpret = (text: string, inputs: readonly ArrayLike<number>[]): ArrayValue[] => {
  const functions = parse(text);
  const main = functions.find(({ name }) => name === 'main');
  if (main === undefined) throw new Error('no function main');
  const header = /@main\((.*?)\) -> /.exec(text)?.[1] ?? '';
  const types = typesIn(header);
  return new Interpreter(functions).call(
    'main',
    types.map((type, i) => make(type, (at) => inputs[i][at])),
  );
};
