/** Workloads of a single op each, beside the limits of the machine. */
import { random, type Tensor } from '@mini/autograd';
import { calling } from './contender.ts';
import { currentLibrary } from './current.ts';
import type { Limits } from './machine.ts';
import { type OpCase, opCases } from './op-cases/index.ts';
import type { Library, Mode, OpFamily, Workload } from './types.ts';

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Returns the operands as arrays, the same for all libraries. */
const makeArrays = ({ shapes, range: [low, high] = [-2, 2], indices }: OpCase): Float32Array[] => {
  return shapes.map((shape, i) =>
    random.uniform(random.key(i), [sizeOf(shape)]).data.map((uniform) => {
      if (indices !== undefined && i === 1) return Math.floor(uniform * indices);
      return low + (high - low) * uniform;
    }),
  );
};

/** Returns the bytes that the op reads and writes at least. */
const bytesOf = ({ shapes }: OpCase, outputSize: number): number =>
  4 * shapes.reduce((sum, shape) => sum + sizeOf(shape), outputSize);

/** Returns the least time of the op on this machine, in milliseconds. */
const leastTime = (one: OpCase, outputSize: number, { copy, peak }: Limits): number =>
  Math.max(bytesOf(one, outputSize) / copy, (one.operations ?? 0) / peak);

const formatRate = (one: OpCase, outputSize: number, milliseconds: number, limits: Limits): string => {
  const share = leastTime(one, outputSize, limits) / milliseconds;
  const rate =
    one.operations === undefined
      ? `${(bytesOf(one, outputSize) / milliseconds / 1e6).toFixed(1)} GB/s`
      : `${(one.operations / milliseconds / 1e6).toFixed(1)} GFLOP/s`;
  return `${rate}, ${(100 * share).toFixed(0)}% of the limit`;
};

const { autograd } = currentLibrary;

const makeWorkload = (one: OpCase, modes: readonly Mode[]): Workload => {
  const shapes = one.shapes.map((shape) => `[${shape.join(', ')}]`).join(' ');
  let arrays: Float32Array[] | undefined;
  const data = (): Float32Array[] => (arrays ??= makeArrays(one));
  const operands = ({ autograd }: Library): Tensor[] =>
    data().map((array, i) => autograd.tensor(array, one.shapes[i]));
  // Libraries can run in another process, so this one computes the result itself.
  let size: number | undefined;
  const outputSize = (): number =>
    (size ??= one.run(autograd, operands(currentLibrary), autograd.random.key(0)).size);
  return {
    name: `${one.name} ${shapes}`.trim(),
    // Other libraries draw other numbers.
    tolerance: one.name.startsWith('random.') ? Infinity : 1e-4,
    ours: (library) => {
      const m = library.autograd;
      const args = operands(library);
      const key = m.random.key(0);
      const f = (own: random.Key, given: readonly Tensor[]): Tensor => one.run(m, given, own);
      const compiled = m.jit(f);
      return modes
        .filter((mode) => mode === 'eager' || (mode === 'jit' && one.isEagerOnly !== true))
        .map((mode) => calling(`${library.name} ${mode}`, () => (mode === 'jit' ? compiled : f)(key, args)));
    },
    peer: ({ op }) =>
      one.python === undefined || op === undefined
        ? undefined
        : op({ op: one.python, shapes: one.shapes, arrays: data() }),
    describe: (milliseconds, limits) => formatRate(one, outputSize(), milliseconds, limits),
    leastTime: (limits) => leastTime(one, outputSize(), limits),
  };
};

/** Returns a workload for each op of a family. */
export const opWorkloads = (family: OpFamily, modes: readonly Mode[]): Workload[] =>
  opCases(family).map((one) => makeWorkload(one, modes));
