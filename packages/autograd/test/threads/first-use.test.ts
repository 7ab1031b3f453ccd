/** The first long computation on several threads is inside of a loop or of a branch. */
import { createHash } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import type * as autograd from '../../src/index.ts';
import type { Tensor } from '../../src/index.ts';

type Library = typeof autograd;
type Program = (m: Library, x: Tensor) => Tensor;

let stop = (): void => {};
afterEach(() => stop());

/** Loads the library anew: its memory is not shared yet. */
const load = async (): Promise<{
  m: Library;
  useThreads: (count: number) => void;
  isShared: () => boolean;
}> => {
  vi.resetModules();
  const m = await import('../../src/index.ts');
  const { useThreads } = await import('../../src/threads/index.ts');
  const { memory } = await import('../../src/runtime/memory.ts');
  stop = () => useThreads(1);
  return { m, useThreads, isShared: () => memory.version > 0 };
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
  /** The bits of the result as a short text, which fails fast. */
  const run = (m: Library): string => {
    const { data } = program(m, m.random.uniform(m.random.key(1), [256, 256]));
    return createHash('sha256').update(data).digest('hex');
  };
  const expected = run((await load()).m);
  const { m, useThreads, isShared } = await load();
  useThreads(2);
  for (let i = 0; i < 3; i++) expect(run(m)).toBe(expected);
  // Workers have started.
  expect(isShared()).toBe(true);
});
