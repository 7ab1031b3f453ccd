/** The results of any number of threads have the same bits. */
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import type { Tensor } from '../../src/index.ts';
import { phasesOf, setLeastPart } from '../../src/compiler/phases.ts';
import type { Instruction } from '../../src/compiler/instructions.ts';
import { hasRelaxedSimd } from '../../src/kernels/matmul.ts';
import { linkInstruction } from '../../src/runtime/link.ts';
import { threading } from '../../src/runtime/threading.ts';
import { threads, useThreads } from '../../src/threads/index.ts';
import { pool } from '../../src/threads/pool.ts';
import { DEFAULT_SETTINGS } from '../../src/threads/runner.ts';
import { cases, make } from '../cases.ts';

const COUNTS = [2, 3, 5, 8];

/** The elements of a tensor as text, which is compared faster than a long list. */
const textOf = (x: Tensor): string => Buffer.from(x.data.slice().buffer).toString('base64');

/** Waits until workers run parts of a program that is long enough for all. */
const startThreads = async (count: number): Promise<void> => {
  useThreads(count);
  expect(threads()).toEqual({ count });
  if (count === 1) return;
  const x = m.random.normal(m.random.key(0), [128, 128]);
  const f = m.jit((v: Tensor) => m.matmul(m.sin(m.matmul(v, v)), v));
  for (let i = 0; i < 500 && pool.partsByWorkers() === 0; i++) {
    f(x);
    await setTimeout(2);
  }
  expect(pool.partsByWorkers()).toBeGreaterThan(0);
};

beforeAll(() => {
  // Even the smallest ops are divided, and workers are always woken.
  setLeastPart(0.1);
  pool.settings = { ...DEFAULT_SETTINGS, leastTime: 0, leastTimeToWake: 0, isAdaptive: false };
});
afterAll(() => {
  useThreads(1);
  setLeastPart();
  pool.settings = DEFAULT_SETTINGS;
});

/** The rows of the case table, with functions that run each and its gradient. */
const compileCases = () =>
  cases.map((row) => {
    const args = row.args.map((argument, i) => make(argument, 100 + i));
    const argnums = args.map((_, i) => i);
    const value = m.jit(row.f);
    const gradient = m.jit(
      m.grad((...xs: Tensor[]) => m.sum(m.sin(row.f(...xs))), { argnums }) as (...xs: Tensor[]) => Tensor[],
    );
    return { row, run: () => [value(...args), ...(row.order === 0 ? [] : gradient(...args))] };
  });

test('phases that may run twice have the same bits when they do', () => {
  const rows = compileCases();
  const expected = rows.map(({ run }) => run().map(({ data }) => [...data]));
  let repeated = 0;
  threading.runner = {
    run({ compiled, start }) {
      for (const { parts, isRepeatable } of phasesOf(compiled.kernels, compiled.plan, 3)) {
        const steps = parts
          .flatMap((part): readonly Instruction[] => ('kind' in part ? [part] : part))
          .map((instruction) => linkInstruction(instruction, start));
        for (const step of steps) step();
        if (!isRepeatable) continue;
        repeated++;
        for (const step of steps) step();
      }
      return true;
    },
    runLoop: () => false,
    startIfWanted: () => undefined,
  };
  try {
    rows.forEach(({ row, run }, i) =>
      expect(
        run().map(({ data }) => [...data]),
        `${row.op} (row ${i})`,
      ).toEqual(expected[i]),
    );
  } finally {
    threading.runner = undefined;
  }
  expect(repeated).toBeGreaterThan(rows.length);
});

describe('on 2, 3, 5 and 8 threads', () => {
  test('every op and its gradient have the bits of one thread', async () => {
    const rows = compileCases();
    useThreads(1);
    const expected = rows.map(({ run }) => run().map(({ data }) => [...data]));
    for (const count of COUNTS) {
      await startThreads(count);
      rows.forEach(({ row, run }, i) =>
        expect(
          run().map(({ data }) => [...data]),
          `${row.op} (row ${i}) on ${count} threads`,
        ).toEqual(expected[i]),
      );
    }
  });

  test('training has the bits of one thread', async () => {
    const x = m.random.normal(m.random.key(1), [37, 53]);
    const y = m.random.normal(m.random.key(2), [37, 3]);
    const params = {
      w: m.random.normal(m.random.key(3), [53, 29]).mul(0.1),
      b: m.zeros([29]),
      v: m.random.normal(m.random.key(4), [29, 3]).mul(0.1),
    };
    type Params = typeof params;
    const loss = (p: Params): Tensor => m.mean(m.square(m.tanh(x.matmul(p.w).add(p.b)).matmul(p.v).sub(y)));
    const train = (): number[] => {
      const step = m.jit((p: Params): Params => m.tree.map((w, g) => w.sub(g.mul(0.1)), p, m.grad(loss)(p)), {
        donate: 0,
      });
      let p = m.tree.map((w: Tensor) => w.add(0), params);
      for (let i = 0; i < 300; i++) p = step(p);
      return [...p.w.data, ...p.b.data, ...p.v.data];
    };
    useThreads(1);
    const expected = train();
    for (const count of COUNTS) {
      await startThreads(count);
      expect(train(), `on ${count} threads`).toEqual(expected);
    }
  });

  test('random bits of any size, eager, compiled and in batches, have the bits of one thread', async () => {
    const { random } = m;
    const samplers: readonly ((key: m.random.Key, shape: number[]) => Tensor)[] = [
      (key, shape) => random.uniform(key, shape),
      (key, shape) => random.normal(key, shape),
      (key, shape) => random.randint(key, shape, -3, 1000),
      (key, shape) => random.uniform(random.foldIn(key, m.sum(m.ones(shape))), shape),
      (key, [size]) => m.vmap((own: m.random.Key) => random.uniform(own))(random.keys(key, size)),
      (key, shape) => m.vmap((own: m.random.Key) => random.normal(own, shape))(random.keys(key, 5)),
    ];
    const runs = [1, 15, 16, 17, 100, 33_333].flatMap((size) =>
      samplers.flatMap((sample) => {
        const compiled = m.jit((key: m.random.Key) => sample(key, [size]));
        const key = random.key(size);
        return [() => compiled(key), () => sample(key, [size])];
      }),
    );
    useThreads(1);
    const expected = runs.map((run) => textOf(run()));
    for (const count of COUNTS) {
      await startThreads(count);
      runs.forEach((run, i) =>
        expect(textOf(run()) === expected[i], `run ${i} on ${count} threads`).toBe(true),
      );
    }
  });

  test('a single large array of random bits is divided', async () => {
    useThreads(1);
    const sample = m.jit((key: m.random.Key) => m.random.uniform(key, [100_000]));
    const expected = textOf(sample(m.random.key(0)));
    await startThreads(2);
    const before = pool.partsByWorkers();
    for (let i = 0; i < 50; i++) expect(textOf(sample(m.random.key(0))) === expected).toBe(true);
    expect(pool.partsByWorkers()).toBeGreaterThan(before);
  });

  test('loops, random numbers and failing ops behave as on one thread', async () => {
    const program = m.jit((key: m.random.Key, xs: Tensor) => {
      const noise = m.random.normal(key, [17, 5]);
      const step = (h: Tensor, row: Tensor): [Tensor, Tensor] => [m.sin(h.add(row)), m.sum(h)];
      const [last, sums] = m.scan(step, noise, xs);
      return m.concatenate([m.reshape(last, [-1]), sums]);
    });
    const take = m.jit((x: Tensor, at: Tensor) => m.exp(m.take(x, at)));
    const [xs, table] = [m.random.normal(m.random.key(9), [40, 5]), m.arange(100)];
    const run = (): number[][] => [
      [...program(m.random.key(7), xs).data],
      [...take(table, m.tensor([99, 3])).data],
    ];
    useThreads(1);
    const expected = run();
    for (const count of COUNTS) {
      await startThreads(count);
      for (let i = 0; i < 20; i++) {
        expect(run()).toEqual(expected);
        expect(() => take(table, m.tensor([100]))).toThrow('out of range');
      }
    }
  });
});

test.skipIf(!hasRelaxedSimd())('a program keeps its product kernels when fma is set later', async () => {
  const x = m.random.normal(m.random.key(6), [64, 64]);
  const f = m.jit((v: Tensor) => m.matmul(v, v));
  useThreads(1);
  const expected = [...f(x).data];
  m.configure({ fma: true });
  try {
    await startThreads(2);
    for (let i = 0; i < 20; i++) expect([...f(x).data]).toEqual(expected);
  } finally {
    m.configure({ fma: false });
  }
});

test('large eager ops run on all threads, with the bits of one', async () => {
  const x = m.random.normal(m.random.key(8), [300, 301]);
  const ops: readonly (() => Tensor)[] = [
    () => m.matmul(x, m.transpose(x)),
    () => m.sum(x, { axis: 0 }),
    () => m.max(x, { axis: 1 }),
    () => m.add(x, m.sum(x, { axis: 1, keepdims: true })),
    () => m.conv(m.reshape(x, [1, 300, 301, 1]), m.ones([3, 3, 1, 2])),
    () => m.tan(x),
    () => m.pow(m.abs(x), 1.3),
  ];
  useThreads(1);
  const expected = ops.map((op) => [...op().data]);
  for (const count of [2, 3]) {
    await startThreads(count);
    const before = pool.partsByWorkers();
    for (let i = 0; i < 3; i++) ops.forEach((op, at) => expect([...op().data]).toEqual(expected[at]));
    expect(pool.partsByWorkers()).toBeGreaterThan(before);
  }
});

test('results and donated arguments survive a change in the middle', async () => {
  const x = m.random.normal(m.random.key(5), [64, 64]);
  const next = m.jit((v: Tensor) => m.tanh(v.matmul(v)), { donate: 0 });
  const run = async (change: (i: number) => void | Promise<void>): Promise<number[]> => {
    const plain = m.jit((v: Tensor) => m.exp(v.mul(0.1)));
    const kept = plain(x);
    let v = x.add(0);
    for (let i = 0; i < 12; i++) {
      await change(i);
      v = next(v);
    }
    return [...v.data, ...kept.data];
  };
  const expected = await run(() => {});
  expect(await run((i) => startThreads([2, 1, 3][i % 3]))).toEqual(expected);
});

describe('phases', () => {
  test('divide rows of a product, and no reduced axis', () => {
    setLeastPart();
    let counts: number[] = [];
    const inspect = m.jit((a: Tensor) => m.sum(m.matmul(a, a)));
    // The program is inspected as it would run.
    threading.runner = {
      run: ({ compiled: { kernels, plan } }) => {
        counts = phasesOf(kernels, plan, 3).map(({ parts }) => parts.length);
        return false;
      },
      runLoop: () => false,
      startIfWanted: () => undefined,
    };
    inspect(m.ones([128, 128]));
    threading.runner = undefined;
    setLeastPart(0.1);
    expect(counts).toEqual([3, 1]);
  });
});

describe('useThreads', () => {
  test.each([0, -1, 1.5, NaN, Infinity, 257])('refuses a count of %s', (count) => {
    expect(() => useThreads(count)).toThrow('useThreads: invalid count: expected an integer');
    expect(() => useThreads('2' as never)).toThrow('useThreads');
  });
  test('tells why a page cannot share memory', () => {
    Object.defineProperty(globalThis, 'crossOriginIsolated', { value: false, configurable: true });
    try {
      useThreads(2);
      expect(threads().count).toBe(1);
      expect(threads().reason).toContain('Cross-Origin-Opener-Policy');
    } finally {
      Reflect.deleteProperty(globalThis, 'crossOriginIsolated');
    }
  });
});
