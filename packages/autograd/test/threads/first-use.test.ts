/** The first long computation on several threads is inside of a loop or of a branch. */
import { afterEach, expect, test, vi } from 'vitest';
import type * as autograd from '../../src/index.ts';
import type { Tensor } from '../../src/index.ts';

type Library = typeof autograd;
type Program = (m: Library, x: Tensor) => Tensor;

let stop = (): void => {};
afterEach(() => stop());

/** Loads the library anew: its memory is not shared yet. */
const load = async (): Promise<{ m: Library; useThreads: (count: number) => void; parts: () => number }> => {
  vi.resetModules();
  const m = await import('../../src/index.ts');
  const { useThreads } = await import('../../src/threads/index.ts');
  const { pool } = await import('../../src/threads/pool.ts');
  const { DEFAULT_SETTINGS } = await import('../../src/threads/runner.ts');
  pool.settings = { ...DEFAULT_SETTINGS, isAdaptive: false };
  stop = () => useThreads(1);
  return { m, useThreads, parts: () => pool.partsByWorkers() };
};

const update = (m: Library, x: Tensor): Tensor => m.add(m.mul(m.matmul(x, x), 1 / 256), 0.5);
const byScan: Program = (m, x) =>
  m.scan((c: Tensor) => [update(m, c), m.sum(c)] as const, x, undefined, { length: 3 })[0];
const gradient: Program = (m, x) => m.grad((y: Tensor) => m.sum(byScan(m, y)))(x);
const byWhile: Program = (m, x) =>
  m.whileLoop(
    ({ i }) => m.less(i, 3),
    ({ i, c }) => ({ i: m.add(i, 1), c: update(m, c) }),
    { i: m.tensor(0), c: x },
  ).c;
const byCond: Program = (m, x) =>
  m.cond(
    m.greater(m.slice(x, 0, 0), -9),
    (y: Tensor) => update(m, y),
    (y: Tensor) => y,
    x,
  );

const programs: readonly (readonly [string, Program])[] = [
  ['a scan', byScan],
  ['its gradient', gradient],
  ...(Object.entries({ scan: byScan, gradient, while: byWhile, cond: byCond }) as [string, Program][]).map(
    ([name, program]): readonly [string, Program] => [
      `a compiled ${name}`,
      (m, x) => m.jit((y: Tensor) => program(m, y))(x),
    ],
  ),
];

test.each(programs)('%s has the bits of one thread', async (_name, program) => {
  const run = (m: Library): number[] => {
    const x = m.random.uniform(m.random.key(1), [256, 256]);
    return [...program(m, x).data];
  };
  const expected = run((await load()).m);
  const { m, useThreads, parts } = await load();
  useThreads(2);
  for (let i = 0; i < 3; i++) expect(run(m)).toEqual(expected);
  // Workers take part as soon as they can.
  const end = performance.now() + 20_000;
  while (parts() === 0 && performance.now() < end) {
    expect(run(m)).toEqual(expected);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(parts()).toBeGreaterThan(0);
});
