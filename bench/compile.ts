/**
 * Workloads that compile long programs: the time for each step should not grow with their number.
 */
import type { Tensor } from '@mini/autograd';
import { calling } from './contender.ts';
import type { Library, Workload } from './types.ts';

type Autograd = Library['autograd'];

/** One step of a chain, from h. */
type Step = (m: Autograd, h: Tensor, w: Tensor, x: Tensor) => Tensor;

const STEPS: Readonly<Record<string, Step>> = {
  products: (m, h, w, x) => m.tanh(m.add(m.matmul(h, w), x)),
  maps: (m, h) => m.sin(h),
  reductions: (m, h, _w, x) => m.add(m.mul(m.sum(h, { axis: 1, keepdims: true }), 0.01), x),
  gathers: (m, h) => m.take(h, m.tensor([3, 1, 2, 0])),
};
const LENGTHS = [500, 1000, 2000, 4000];

const makeWorkload = (name: string, step: Step, length: number): Workload => ({
  name: `compile the gradient of ${length} ${name}`,
  tolerance: 1e-4,
  ours: (library) => {
    const m = library.autograd;
    const w = m.mul(m.random.normal(m.random.key(0), [32, 32]), 0.1);
    const chain = (x: Tensor): Tensor => {
      let h = x;
      for (let i = 0; i < length; i++) h = step(m, h, w, x);
      return m.sum(h);
    };
    // Every run compiles anew. Kernels of equal loops are shared with earlier runs.
    return [calling(`${library.name} jit`, () => m.jit(m.grad(chain))(m.ones([4, 32])))];
  },
  describe: (milliseconds) => `${((1000 * milliseconds) / length).toFixed(0)} µs for each step`,
});

export const compileWorkloads = (): Workload[] =>
  Object.entries(STEPS).flatMap(([name, step]) => LENGTHS.map((length) => makeWorkload(name, step, length)));
