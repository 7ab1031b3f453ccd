import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import * as m from '../src/index.ts';
import {
  add,
  concatenate,
  debugNaNs,
  exp,
  grad,
  jit,
  log,
  matmul,
  max,
  mul,
  ones,
  random,
  relu,
  reshape,
  sigmoid,
  slice,
  softmax,
  sub,
  sum,
  tanh,
  type Tensor,
  tensor,
  transpose,
  tree,
  valueAndGrad,
  where,
  zeros,
} from '../src/index.ts';
import { allocate, allocatedBytes, release } from '../src/runtime/memory.ts';
import { type Argument, cases } from './cases.ts';

afterEach(() => debugNaNs(false));

/** The bits of all leaves, so that -0 and NaN count. */
const bits = (value: unknown): string[] => {
  const parts = Array.isArray(value) ? value : [value];
  return parts.flatMap((part) => (Array.isArray(part) ? bits(part) : tree.leaves(part).map(bitsOf)));
};
/** All NaNs count as one: their bits are not defined. */
const bitsOf = (x: Tensor): string =>
  `${x.shape.join()}: ${Array.from(x.data, (v) => (Object.is(v, -0) ? '-0' : String(v))).join()}`;

const make = ({ shape, low = -2, high = 2, whole = false }: Argument, seed: number): Tensor => {
  const x = random.uniform(random.key(seed), [...shape], { minval: low, maxval: high });
  return whole ? m.round(x) : x;
};

describe('jit of every op', () => {
  const rows = cases.map((row, i) => [`${row.op} (row ${i})`, row] as const);
  test.each(rows)('gives the same bits: %s', (_name, { f, args }) => {
    const compiled = jit(f);
    for (const seed of [1, 2]) {
      const tensors = args.map((argument, i) => make(argument, 10 * seed + i));
      expect(bits(compiled(...tensors))).toEqual(bits(f(...tensors)));
    }
  });
  test.each(rows.filter(([, { order }]) => order !== 0))(
    'gives the same bits of gradients: %s',
    (_name, { f, args }) => {
      const tensors = args.map((argument, i) => make(argument, i));
      const g = valueAndGrad((...xs: Tensor[]) => sum(tanh(f(...xs))), { argnums: args.map((_, i) => i) });
      expect(bits(jit(g)(...tensors))).toEqual(bits(g(...tensors)));
    },
  );
});

/** More programs than in a short run: `pnpm fuzz`. */
const TIMES = Number(process.env['HOSTILE_RUNS'] ?? 40) / 40;

describe('jit of random programs', () => {
  /** A program is a list of numbers, each of which chooses an op and its operands among what was computed before. */
  const unary: readonly ((x: Tensor) => Tensor)[] = [
    tanh,
    sigmoid,
    relu,
    (x) => mul(x, x),
    (x) => exp(mul(x, 0.1)),
    (x) => m.neg(x),
    (x) => sub(1, x),
    (x) => m.abs(x),
    (x) => transpose(x),
    (x) => sum(x, { axis: 0, keepdims: true }),
    (x) => m.mean(x, { axis: -1, keepdims: true }),
    (x) => max(x, { axis: -1, keepdims: true }),
    (x) => softmax(x),
    (x) => m.flip(x, 0),
    (x) => m.cumsum(x, { axis: 0 }),
    (x) => m.tile(x, 2),
    (x) => slice(x, [0, 2], [null, null, 2]),
    (x) => m.pad(x, 1, 0.5),
    (x) => reshape(x, [-1, 1]),
    (x) => m.take(x, [0, 0, -1]),
    (x) => sum(x),
    (x) => m.broadcastTo(slice(x, [0, 1]), [3, x.shape[1]]),
    (x) => log(add(mul(x, x), 1)),
  ];
  const binary: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
    add,
    sub,
    mul,
    m.maximum,
    (x, y) => where(m.greater(x, y), x, y),
    (x, y) => matmul(x, transpose(y)),
    (x, y) => concatenate([x, y], { axis: 1 }),
    (x, y) => matmul(transpose(x), y),
    (x, y) => sum(mul(x, y), { axis: 1, keepdims: true }),
    (x, y) => add(matmul(x, y), 1),
  ];
  const program =
    (choices: readonly number[]) =>
    (...inputs: Tensor[]): Tensor[] => {
      const known = [...inputs];
      for (const choice of choices) {
        const pick = (n: number): Tensor => known[n % known.length];
        const kind = choice % 100;
        try {
          const x = pick(Math.floor(choice / 100));
          const y = pick(Math.floor(choice / 10_000));
          const made = kind < 55 ? unary[kind % unary.length](x) : binary[kind % binary.length](x, y);
          const flat = made.ndim === 2 ? made : reshape(made, [made.size, 1]);
          if (flat.size > 0 && flat.size < 600) known.push(flat);
        } catch (error) {
          // Shapes that do not fit: the program goes on without this op.
          if (!(error instanceof RangeError)) throw error;
        }
      }
      return known.slice(-3);
    };
  const sizes = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
  const choices = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 14 });
  const inputsOf = ([rows, columns]: readonly [number, number], seed: number): Tensor[] => [
    random.normal(random.key(seed), [rows, columns]),
    random.normal(random.key(seed + 1), [rows, columns]),
    random.normal(random.key(seed + 2), [1, columns]),
  ];

  test('gives the same bits', () => {
    fc.assert(
      fc.property(sizes, choices, (shape, list) => {
        const f = program(list);
        const compiled = jit(f);
        for (const seed of [1, 5]) {
          const inputs = inputsOf(shape, seed);
          expect(bits(compiled(...inputs))).toEqual(bits(f(...inputs)));
        }
      }),
      { numRuns: 300 * TIMES },
    );
  });
  test('gives the same bits of gradients, with donated arguments, too', () => {
    fc.assert(
      fc.property(sizes, choices, (shape, list) => {
        const f = program(list);
        const step = (...xs: Tensor[]): [Tensor, Tensor[]] => {
          const [value, gradients] = valueAndGrad(
            (...ys: Tensor[]) => f(...ys).reduce((total, y) => add(total, sum(tanh(y))), tensor(0)),
            { argnums: [0, 1, 2] },
          )(...xs);
          return [value, gradients.map((g, i) => xs[i].sub(g.mul(0.1)))];
        };
        const compiled = jit(step, { donate: [0, 1, 2] });
        let inputs = inputsOf(shape, 3);
        let eager = inputsOf(shape, 3);
        for (let i = 0; i < 3; i++) {
          const [a, next] = compiled(...inputs);
          const [b, nextEager] = step(...eager);
          expect(bitsOf(a)).toBe(bitsOf(b));
          [inputs, eager] = [next, nextEager];
        }
        expect(bits(inputs)).toEqual(bits(eager));
      }),
      { numRuns: 150 * TIMES },
    );
  });
});

describe('jit of large tensors', () => {
  test('gives the same bits for long reductions, along each axis', () => {
    const x = random.normal(random.key(1), [1500, 1000]);
    const f = (y: Tensor): Tensor[] => [sum(y), sum(y, { axis: 0 }), sum(mul(y, y), { axis: 1 }), max(y)];
    expect(bits(jit(f)(x))).toEqual(bits(f(x)));
    const cube = reshape(x, [30, 50, 1000]);
    const g = (y: Tensor): Tensor => sum(exp(y), { axis: [0, 2] });
    expect(bits(jit(g)(cube))).toEqual(bits(g(cube)));
  });
  test('gives the same bits for products of several blocks with what follows them', () => {
    const [a, b, c] = [[300, 700], [700, 600], [600]].map((shape, i) => random.normal(random.key(i), shape));
    const f = (x: Tensor, y: Tensor, z: Tensor): Tensor => relu(matmul(x, y).add(z));
    expect(bits(jit(f)(a, b, c))).toEqual(bits(f(a, b, c)));
    expect(String(jit(f))).toContain('not compiled yet');
  });
});

describe('jit of matrix products beside other views of them', () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const square2 = tensor([
    [1, 0],
    [0, 2],
  ]);
  const views: Readonly<Record<string, [(x: Tensor) => unknown, Tensor]>> = {
    'a transpose that is reshaped': [(v) => matmul(reshape(transpose(v), [2, 3]), m.eye(3)), x],
    'a transpose that is reshaped, on the right': [(v) => matmul(m.eye(2), reshape(transpose(v), [2, 3])), x],
    'a part of a transpose': [(v) => matmul(slice(transpose(v), [0, 2]), m.eye(2)), x],
    'transposes of both': [(v) => matmul(transpose(v), transpose(reshape(v, [3, 2]))), x],
    'a search in the product': [
      (v) => {
        const product = matmul(v, v);
        return [m.argmax(product), mul(product, 2)];
      },
      square2,
    ],
    'elements taken from a view of the product': [
      (v) => {
        const product = matmul(v, v);
        return [m.take(reshape(product, [4]), [3]), relu(product)];
      },
      square2,
    ],
    'running sums of a part of the product': [
      (v) => {
        const product = matmul(v, transpose(v));
        return [m.cumsum(slice(product, [1, 2]), { axis: 0 }), exp(product)];
      },
      x,
    ],
  };
  test.each(Object.entries(views))('gives the same bits for %s', (_name, [f, argument]) => {
    expect(bits(jit(f)(argument))).toEqual(bits(f(argument)));
  });

  test('does not compute a transpose that the product does without', () => {
    const f = jit((a: Tensor, b: Tensor) => matmul(transpose(a), b));
    f(x, x);
    expect(String(f)).toContain('kernels (1)');
  });
  test('compiles long chains of costly functions', () => {
    const chain = (v: Tensor): Tensor => Array.from({ length: 600 }).reduce<Tensor>((y) => m.sin(y), v);
    expect(bits(jit(chain)(x))).toEqual(bits(chain(x)));
  });
  test('compiles several such chains that meet', () => {
    const chain = (v: Tensor): Tensor => Array.from({ length: 99 }).reduce<Tensor>((y) => m.tan(y), v);
    const f = (v: Tensor): Tensor => m.where(chain(m.flip(v)), chain(v), chain(v.mul(2)));
    expect(bits(jit(f)(x))).toEqual(bits(f(x)));
  });
  test('reads few operands in one kernel', () => {
    const f = jit((...args: Tensor[]) => {
      const sums = [0, 1, 2].map((third) => args.slice(9 * third, 9 * third + 9).reduce(m.add));
      return m.where(sums[0], sums[1], sums[2]);
    });
    const args = Array.from({ length: 27 }, (_, i) => m.full([20], i));
    expect(f(...args).data[19]).toBe(9 * 13);
    for (const [, reads] of String(f).matchAll(/ ← .* \((.*)\)/g))
      expect(reads.split(' ').length).toBeLessThanOrEqual(10);
  });
  test('compiles what is nested very deeply, and what has very many parts', () => {
    const repeat = (n: number, f: (v: Tensor) => Tensor, v: Tensor): Tensor =>
      Array.from({ length: n }).reduce<Tensor>(f, v);
    expect(jit((v: Tensor) => repeat(2500, (y) => transpose(y), v))(x).shape).toEqual(x.shape);
    const ends = jit((v: Tensor) => sum(repeat(12_000, (y) => slice(y, [1, null]), v)));
    expect(ends(m.ones([12_005])).item()).toBe(5);
    const parts = jit((v: Tensor) => sum(m.concatenate(new Array<Tensor>(130_000).fill(v))));
    expect(parts(m.ones([1])).item()).toBe(130_000);
    const many = Array.from({ length: 130_000 }, () => tensor(1));
    expect(jit((leaves: Tensor[]) => leaves[0].mul(leaves[1]))(many).item()).toBe(1);
    expect(grad((leaves: Tensor[]) => leaves[0].mul(leaves[1]))(many)[1].item()).toBe(1);
  });
});

describe('results', () => {
  const f = jit((x: Tensor) => [x.mul(2), x.add(1)]);
  const big = (value: number): Tensor => m.full([1000], value);
  test('stay right after later calls', () => {
    const [first] = f(big(1));
    const [second] = f(big(2));
    const [third] = f(big(3));
    expect([first, second, third].map((x) => x.data[999])).toEqual([2, 4, 6]);
    expect(first.data).toHaveLength(1000);
  });
  test('are arguments of later calls', () => {
    let x = big(1);
    for (let i = 0; i < 5; i++) [x] = f(x);
    expect(x.data[0]).toBe(32);
    expect(sum(x).item()).toBe(32_000);
  });
  test('survive the function, and its memory comes back', () => {
    const before = allocatedBytes();
    const g = jit((x: Tensor) => x.mul(2), { cacheSize: 2 });
    const results = [300, 400, 500, 600, 700].map((n) => g(m.ones([n])));
    expect(allocatedBytes() - before).toBeLessThan(4 * 2 * (2 * 700 + 100));
    expect(results.map((x) => sum(x).item())).toEqual([600, 800, 1000, 1200, 1400]);
    // Used again after it was dropped.
    expect(sum(g(m.ones([300]))).item()).toBe(600);
  });
  test('survive when memory runs out, and functions are compiled again', () => {
    // Nothing is collected in a stretch of code without await, and all but 64 MB are taken: room for a few of the functions.
    const rest = allocate(2 ** 31 - allocatedBytes() - 2 ** 26);
    const x = m.full([2 ** 20], 3);
    const functions = Array.from({ length: 20 }, (_, i) => jit((v: Tensor) => v.mul(i)));
    const results = functions.map((f) => f(x));
    expect(results.map(({ data }) => data[2 ** 20 - 1])).toEqual(functions.map((_, i) => 3 * i));
    expect(functions.map((f, i) => f(results[i]).data[0])).toEqual(functions.map((_, i) => 3 * i * i));
    const before = allocatedBytes();
    expect(() => allocate(2 ** 30)).toThrow(/^out of memory: no room for 1073741824 more bytes/);
    expect(allocatedBytes()).toBeLessThan(before);
    release(rest);
  });
  test('may be arguments, constants and parts of other results', () => {
    const c = tensor([7, 8]);
    const g = jit((x: Tensor) => ({
      same: x,
      constant: c,
      part: slice(mul(x, 2), 1),
      none: null,
      twice: [x, x],
    }));
    const x = m.ones([3, 300]);
    const out = g(x);
    expect([
      out.same.data[0],
      out.constant.toArray(),
      out.part.data[299],
      out.none,
      out.twice.length,
    ]).toEqual([1, [7, 8], 2, null, 2]);
  });
});

describe('donated arguments', () => {
  const step = jit(
    function step({ w }: { w: Tensor }, x: Tensor) {
      return { w: w.sub(mul(x, 0.5)) };
    },
    { donate: 0 },
  );
  test('cannot be used again, and the error names them', () => {
    const w = m.ones([1000]);
    const next = step({ w }, m.ones([1000]));
    expect(next.w.data[7]).toBe(0.5);
    const message =
      'jit: argument 0.w was donated to step: its memory was used for the results: use those, or do not donate it';
    for (const use of [() => w.data, () => w.add(1), () => step({ w }, w), () => JSON.stringify(w)])
      expect(use).toThrow(TypeError);
    expect(() => w.add(1)).toThrow(message);
    expect(next.w.data[7]).toBe(0.5);
  });
  test('are not lost when another copy of them is kept outside', () => {
    const w = m.ones([1000]);
    const kept = w.add(0);
    let params = { w };
    const history: number[] = [];
    for (let i = 0; i < 4; i++) {
      params = step(params, kept);
      history.push(params.w.data[0]);
    }
    expect(history).toEqual([0.5, 0, -0.5, -1]);
    expect(kept.data[0]).toBe(1);
  });
  test('must not be given twice', () => {
    const w = m.ones([1000]);
    expect(() => step({ w }, w)).toThrow(
      'jit: argument 0.w is donated, but the same tensor is argument 1, too',
    );
    expect(w.data[0]).toBe(1);
  });
  test('may change places', () => {
    const swap = jit((a: Tensor, b: Tensor) => [b.add(1), a.add(10)], { donate: [0, 1] });
    let pair = [zeros([500]), m.full([500], 100)];
    for (let i = 0; i < 3; i++) pair = swap(pair[1], pair[0]);
    let expected = [0, 100];
    for (let i = 0; i < 3; i++) expected = [expected[0] + 1, expected[1] + 10];
    expect(pair.map((x) => x.data[499])).toEqual(expected);
  });
  test('are kept when a label is out of range, also those that the last call left in place', () => {
    const train = jit(
      (w: Tensor, labels: Tensor) => {
        const g = grad((v: Tensor) => sum(mul(v, m.oneHot(labels, 300))))(w);
        return w.sub(g);
      },
      { donate: 0 },
    );
    let w = m.ones([2, 300]);
    for (let i = 0; i < 3; i++) w = train(w, tensor([i, 299]));
    for (const wrong of [300, -1, 0.5]) {
      expect(() => train(w, tensor([1, wrong]))).toThrow(
        `oneHot: index ${wrong === 0.5 ? 'is no whole number' : 'out of range'}: ${wrong} at position 1, for an axis of size 300`,
      );
    }
    const next = train(w.add(0), tensor([0, 0]));
    expect([w.data[0], w.data[599], next.data[0]]).toEqual([0, -2, -1]);
    expect(train(w, tensor([5, 5])).data[5]).toBe(0);
  });
  test('are kept when an index is out of range, which is found after something was written', () => {
    const step = jit(
      (w: Tensor, table: Tensor, places: Tensor) => m.flip(w).add(sum(m.square(m.take(table, places)))),
      { donate: 0 },
    );
    const places = new Float32Array(1000);
    const table = m.full([10], 7);
    const w = step(m.arange(1000), table, tensor(places));
    places[999] = 99;
    expect(() => step(w, table, tensor(places))).toThrow(
      'take: index out of range: 99 at position 999, for an axis of size 10',
    );
    expect([w.data[0], w.data[999]]).toEqual([49_999, 49_000]);
  });
  test('are kept when the call fails', () => {
    const pick = jit((w: Tensor, places: Tensor) => [m.take(w, places), w.add(1)], { donate: 0 });
    const w = m.ones([1000]);
    expect(() => pick(w, tensor([1000]))).toThrow(
      'take: index out of range: 1000 at position 0, for an axis of size 1000',
    );
    expect(w.data[0]).toBe(1);
    expect(pick(w, tensor([999]))[1].data[0]).toBe(2);
  });
});

describe('jit composes', () => {
  const square = (x: Tensor): Tensor => x.mul(x);
  const x = tensor([1, 2, 3]);
  test('with derivatives on either side, to any order', () => {
    const loss = (v: Tensor): Tensor => sum(square(square(v)));
    expect(jit(grad(loss))(x).toArray()).toEqual([4, 32, 108]);
    expect(grad(jit(loss))(x).toArray()).toEqual([4, 32, 108]);
    expect(jit(grad((v: Tensor) => sum(jit(grad(jit(loss)))(v))))(x).toArray()).toEqual([12, 48, 108]);
    expect(jit(m.hessian(loss))(x).toArray()).toEqual([
      [12, 0, 0],
      [0, 48, 0],
      [0, 0, 108],
    ]);
    expect(jit((v: Tensor) => m.jvp(square, [v], [m.onesLike(v)])[1])(x).toArray()).toEqual([2, 4, 6]);
  });
  test('with a variable of an outer derivative that it closes over', () => {
    expect(grad((w: Tensor) => sum(jit((v: Tensor) => v.mul(w))(x)))(tensor(2)).item()).toBe(6);
    expect(grad((w: Tensor) => sum(jit((v: Tensor) => v.mul(w))(x)))(tensor(5)).item()).toBe(6);
  });
  test('with jit inside of it', () => {
    const inner = jit((v: Tensor) => v.add(1));
    expect(jit((v: Tensor) => inner(inner(v)).mul(2))(x).toArray()).toEqual([6, 8, 10]);
  });
  test('with auxiliary results, trees, keys and typed arrays', () => {
    const f = jit((params: { w: Tensor }, key: random.Key, labels: Uint8Array | Tensor) => {
      const [next, use] = random.split(key);
      const [[value, aux], g] = valueAndGrad(
        (p: { w: Tensor }) => [sum(p.w.mul(random.normal(use, [3]))), m.oneHot(labels, 4)] as const,
        { hasAux: true },
      )(params);
      return { value, aux, g, next };
    });
    const key = random.key(9);
    const out = f({ w: x }, key, Uint8Array.of(3, 1));
    const [next, use] = random.split(key);
    expect(out.g.w.data).toEqual(random.normal(use, [3]).data);
    expect(String(out.next)).toBe(String(next));
    expect(out.aux.toArray()).toEqual([
      [0, 0, 0, 1],
      [0, 1, 0, 0],
    ]);
    expect(f({ w: x }, out.next, Uint8Array.of(0, 0)).g.w.data).toEqual(
      random.normal(random.split(next)[1], [3]).data,
    );
  });
  test('with typed arrays inside of derivatives and of other compiled functions', () => {
    const inner = jit((w: Tensor, scale: Float32Array | Tensor) => sum(m.mul(w, scale as Tensor)));
    const scale = Float32Array.of(1, 2, 3);
    expect(grad((w: Tensor) => inner(w, scale))(x).toArray()).toEqual([1, 2, 3]);
    expect(jit((w: Tensor) => inner(w, scale))(x).item()).toBe(14);
  });
  test('with every sampler that does not look at its numbers', () => {
    const f = (key: random.Key): Tensor[] => [
      random.uniform(key, [5], { minval: -1, maxval: 3 }),
      random.normal(key, [2, 3]),
      random.truncatedNormal(key, -1, 1, [4]),
      random.randint(key, [300], 0, 9),
      random.bernoulli(key, 0.4, [300]),
      random.gumbel(key, [4]),
      random.categorical(key, tensor([1, 2, 3]), { shape: [5] }),
      random.normal(random.foldIn(key, 3), [300]),
    ];
    for (const seed of [1, 2]) expect(bits(jit(f)(random.key(seed)))).toEqual(bits(f(random.key(seed))));
  });
  test('with closures over tensors', () => {
    const c = m.full([500], 3);
    const f = jit((v: Tensor) => v.mul(c));
    expect(sum(f(m.ones([500]))).item()).toBe(1500);
  });
  test('with new shapes and forms', () => {
    const f = jit((v: Tensor | { a: Tensor }) => ('a' in v ? v.a : v).add(1) as Tensor);
    expect([
      f(tensor(1)).item(),
      f(tensor([1, 2])).toArray(),
      f({ a: tensor(5) }).item(),
      f(tensor(3)).item(),
    ]).toEqual([2, [2, 3], 6, 4]);
  });
  test('runs f only while tracing', () => {
    let runs = 0;
    const f = jit((v: Tensor) => (runs++, v.add(1)));
    for (let i = 0; i < 5; i++) f(tensor(i));
    expect(runs).toBe(1);
  });
});

describe('errors', () => {
  const x = tensor([1, 2]);
  const unknown =
    /^jit: a value that is not known while loss is compiled: use where\(\) instead of branching on it, return it to read it, or compute it outside$/;
  test('reading or branching on a traced value says what to do', () => {
    const readers: ((v: Tensor) => unknown)[] = [
      (v) => v.item(),
      (v) => v.data,
      (v) => v.toArray(),
      (v) => JSON.stringify(v),
    ];
    for (const read of readers) {
      const f = jit(function loss(v: Tensor) {
        read(sum(v));
        return v;
      });
      expect(() => f(x)).toThrow(unknown);
    }
    expect(() => jit((v: Tensor) => ((sum(v) as unknown as number) > 0 ? v : v.neg()))(x)).toThrow(
      /used as a number: .*less\(a, b\)/,
    );
    expect(() => jit((key: random.Key) => random.permutation(key, 5))(random.key(1))).toThrow(
      /that is not known while the function is compiled/,
    );
  });
  test('a traced value that escaped cannot be used', () => {
    let escaped: Tensor | undefined;
    jit((v: Tensor) => (escaped = v.mul(2)))(x);
    expect(() => escaped?.add(1)).toThrow(/that is not known while/);
    expect(() => jit((v: Tensor) => v.add(escaped ?? 0))(x)).toThrow(/that is not known while/);
  });
  test('a throw while tracing leaves nothing behind', () => {
    const before = allocatedBytes();
    const f = jit((v: Tensor) => matmul(v.mul(2), tensor([1, 2, 3])));
    expect(() => f(x)).toThrow('matmul: inner dimensions differ: [2] and [3]');
    expect(allocatedBytes()).toBe(before);
    expect(x.add(1).toArray()).toEqual([2, 3]);
    expect(f(tensor([1, 1, 1])).item()).toBe(12);
  });
  test('arguments and results that are no trees of tensors', () => {
    const f = jit((v: unknown) => v as Tensor);
    expect(() => f(3)).toThrow(
      'jit: leaves must be Tensors or random keys: 3 at argument 0; wrap it with tensor(), or close over it',
    );
    expect(() => f({ a: [x, 'b'] })).toThrow(
      'jit: leaves must be Tensors or random keys: "b" at argument 0.a[1]',
    );
    expect(() => jit((_v: Tensor) => 3)(x)).toThrow(
      'jit: leaves must be Tensors or random keys: 3 at result',
    );
    expect(() => jit(async (v: Tensor) => v)(x)).toThrow('must not be async');
    expect(() => jit(3 as never)).toThrow('jit: f must be a function: 3');
    expect(() => jit((v: Tensor) => v, { donate: 1 })(x)).toThrow(
      'jit: there is no argument 1 to donate: 1 given',
    );
    expect(() => jit((v: Tensor) => v, { donate: -1 })).toThrow(
      'jit: donate must be a whole number from 0 to 65536: -1',
    );
  });
});

describe('toString', () => {
  test('shows equations, kernels and memory', () => {
    const f = jit(function layer(x: Tensor, w: Tensor) {
      return relu(matmul(x, w).add(1));
    });
    f(m.ones([4, 3]), m.ones([3, 5]));
    expect(String(f)).toMatchInlineSnapshot(`
      "jit(layer), form 1 of 1
      equations (6), with offsets in 768 bytes of memory:
        %0 @0 = input 0 [4, 3]
        %1 @128 = input 1 [3, 5]
        %2 @384 = matmul %0 %1 [4, 5]
        %3 @256 = constant 1 []
        %4 = add %2 %3 [4, 5]
        %5 @576 = relu %4 [4, 5]
      kernels (1):
        %5 ← matmul → add → relu (%0 %1 %3)"
    `);
  });
});

describe('toString of larger functions', () => {
  test('names what each kernel does and reads, in time', () => {
    const f = jit((v: Tensor) => {
      const y = exp(tanh(matmul(v, v)));
      return [m.argmax(y), add(y, 1)];
    });
    f(m.ones([3, 3]));
    expect(String(f)).toMatch(/← argmax \(%\d\)/);
    const doubling = jit((v: Tensor) => {
      let y = v;
      for (let i = 0; i < 60; i++) y = mul(y, tanh(y));
      return m.argmax(y);
    });
    doubling(m.ones([3]));
    expect(String(doubling)).toContain('argmax');
  });
});

describe('tensors that have no elements to show', () => {
  test('are printed in words', () => {
    let seen = '';
    const step = jit(
      function step(x: Tensor, key: random.Key) {
        seen = `${x} ${key}`;
        return mul(x, 2);
      },
      { donate: 0 },
    );
    const x = tensor([1, 2]);
    step(x, random.key(0));
    expect(seen).toBe(
      'Tensor [2] (a value that is not known while step is compiled) Key (not known while it is compiled)',
    );
    expect(String(x)).toBe('Tensor [2] (argument 0 was donated to step)');
  });
  test('are written as JSON with their elements, or not at all', () => {
    const doubled = jit((x: Tensor) => mul(x, 2))(ones([2, 200]));
    expect(JSON.parse(JSON.stringify({ doubled })).doubled).toEqual(doubled.toArray());
    expect(JSON.stringify(random.key(7))).toBe('[0,7]');
    const given = tensor([1]);
    jit((x: Tensor) => mul(x, 2), { donate: 0 })(given);
    expect(() => JSON.stringify(given)).toThrow('was donated');
  });
});

describe('elements that are shared', () => {
  test('by constants of several shapes are not taken for one another', () => {
    const v = tensor([1, 2, 3]);
    const f = (x: Tensor): Tensor => {
      const i = m.arange(3);
      return m.sub(
        x.mul(i).add(x.mul(m.expandDims(i, 1)).mul(10)),
        x.mul(m.reshape(v, [3, 1])).add(x.mul(v).mul(100)),
      );
    };
    expect(jit(f)(ones([3, 3])).toArray()).toEqual(f(ones([3, 3])).toArray());
  });
  test('by a donated result that is a result again keep their values', () => {
    const step = jit((s: { prev: Tensor; cur: Tensor }) => ({ prev: s.cur, cur: s.cur.mul(2) }), {
      donate: 0,
    });
    let state = { prev: m.full([300], 0), cur: m.full([300], 1) };
    for (let i = 0; i < 3; i++) state = step(state);
    expect([state.prev.data[0], state.cur.data[299]]).toEqual([4, 8]);
  });
  test('by a donated part of an input are not written over while they are needed', () => {
    const step = jit((x: Tensor, y: Tensor) => ({ half: m.slice(x, [512, 1024]), s: y.add(1), q: sum(x) }), {
      donate: 1,
    });
    const { half } = step(m.full([1024], 1), m.full([512], 0));
    expect(step(m.full([1024], 5), half).s.data[0]).toBe(2);
  });
  test('are not taken for there after they could not be read', () => {
    const pair = jit((x: Tensor) => [x, x.mul(1)]);
    const taken = jit((x: Tensor) => x.mul(3), { donate: 0 });
    const given = jit((x: Tensor) => x.add(1))(m.full([300], 6));
    const [gone] = pair(given);
    taken(given);
    const total = jit((x: Tensor) => sum(x));
    expect(total(m.full([300], 1)).item()).toBe(300);
    for (let i = 0; i < 2; i++)
      expect(() => total(gone)).toThrow('these elements belonged to an argument that was donated');
    const step = jit((w: Tensor, x: Tensor) => w.mul(2).add(sum(x)), { donate: 0 });
    const w = step(m.full([300], 1), m.full([300], 0));
    expect(() => step(w, gone)).toThrow('these elements belonged to an argument that was donated');
    step(m.full([300], 100), m.full([300], 0));
    expect(w.data[0]).toBe(2);
  });
  test('are right after any calls with any donation', () => {
    const SIZE = 300;
    let seed = 7;
    const below = (n: number): number => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * n);
    };
    const fresh = (): Float32Array => Float32Array.from({ length: SIZE }, (_, i) => (i + below(50)) % 17);
    const ops: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
      (x) => x,
      (x) => x.add(3),
      (x) => m.flip(x),
      (x, y) => x.add(y),
      (x, y) => m.slice(m.concatenate([x, y]), [100, 400]),
      (x, y) => x.sub(m.flip(y)).mul(0.5),
      (x) => m.reshape(m.transpose(m.reshape(x, [20, 15])), [SIZE]),
    ];
    for (let program = 0; program < 150; program++) {
      const count = 1 + below(4);
      const plan = Array.from({ length: count + below(2) }, () => [
        below(ops.length),
        below(count),
        below(count),
      ]);
      const f = (...xs: Tensor[]): Tensor[] => plan.map(([op, a, b]) => ops[op](xs[a], xs[b]));
      const donate = Array.from({ length: count }, (_, i) => i).filter(() => below(3) > 0);
      const compiled = jit(f, { donate });
      debugNaNs(below(2) === 0);
      const pool: { tensor: Tensor; values: Float32Array }[] = [];
      for (let call = 0; call < 5; call++) {
        const args: typeof pool = [];
        for (let i = 0; i < count; i++) {
          const candidates = pool.filter(({ tensor: t }) =>
            args.every((arg) => arg.tensor.source !== t.source),
          );
          const values = fresh();
          args.push(
            candidates.length > 0 && below(4) > 0
              ? candidates[below(candidates.length)]
              : { tensor: tensor(values), values },
          );
        }
        const expected = f(...args.map(({ values }) => tensor(values)));
        const found = compiled(...args.map((arg) => arg.tensor));
        const donated = donate.map((i) => args[i]);
        pool.splice(
          0,
          pool.length,
          ...[...pool, ...args].filter(
            (entry, i, all) => !donated.includes(entry) && all.indexOf(entry) === i,
          ),
        );
        found.forEach((t, i) => pool.push({ tensor: t, values: expected[i].data.slice() }));
      }
      for (const { tensor: t, values } of pool) {
        // What was returned as it was given, and then donated, has no elements any more, and says so.
        let data: Float32Array;
        try {
          ({ data } = t);
        } catch {
          continue;
        }
        expect([...data], `program ${program}`).toEqual([...values]);
      }
    }
  });
});
