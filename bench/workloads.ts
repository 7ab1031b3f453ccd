/** What is measured: each workload, and everyone who does it. */
import { type Contender, local } from './contender.ts';
import { handwrittenCosine, handwrittenMatmul, handwrittenMnist } from './handwritten.ts';
import { type Mode, ourCosine, ourMatmul, ourMnist, ourMnistProducts, ourSmall } from './ours.ts';
import type { Peer } from './peers.ts';
import { cosineProblem, matmulProblem, mnistProblem } from './problems.ts';

export interface Workload {
  readonly name: string;
  contenders(): Promise<readonly Contender[]>;
  /** What a time of so many milliseconds means in the workload's own terms. */
  describe?(milliseconds: number): string;
  /** How far the contenders' results may be apart, relatively, right after the first run. */
  readonly tolerance: number;
}

/** Who takes part. */
export interface Field {
  readonly modes: readonly Mode[];
  readonly peers: readonly Peer[];
}

/** Peers may have to send the problem to another process: one after another. */
const inOrder = async <T>(makers: readonly (() => T | Promise<T>)[]): Promise<T[]> => {
  const made: T[] = [];
  for (const make of makers) made.push(await make());
  return made;
};

const small = (): Workload => ({
  name: '(a + b) * c on 8 elements',
  contenders: async () => [ourSmall('eager'), ourSmall('jit')].map(local),
  tolerance: 0,
});

const mnist = ({ modes, peers }: Field): Workload => {
  const problem = mnistProblem();
  const steps = 55_000 / problem.batch;
  return {
    name: 'MNIST 784-256-10, batch 64, one step',
    contenders: async () => [
      ...modes.map((mode) => local(ourMnist(mode, problem))),
      local(ourMnistProducts(problem)),
      ...(await inOrder(peers.map((peer) => () => peer.mnist(problem)))),
      local(handwrittenMnist(problem)),
    ],
    describe: (milliseconds) => `${((milliseconds * steps) / 1000).toFixed(2)} s for 55,000 images`,
    tolerance: 1e-3,
  };
};

const cosine = ({ modes, peers }: Field, hidden: number): Workload => {
  const problem = cosineProblem(hidden);
  return {
    name: `cosine net, ${hidden} hidden, one update`,
    contenders: async () => [
      ...modes.map((mode) => local(ourCosine(mode, problem))),
      ...(await inOrder(peers.map((peer) => () => peer.cosine(problem)))),
      local(handwrittenCosine(problem)),
    ],
    tolerance: 1e-3,
  };
};

const matmul = ({ modes, peers }: Field, m: number, k: number, n: number): Workload => ({
  name: `matmul [${m}, ${k}] x [${k}, ${n}]`,
  async contenders() {
    const problem = matmulProblem(m, k, n);
    return [
      ...modes.map((mode) => local(ourMatmul(mode, problem))),
      ...(await inOrder(peers.map((peer) => () => peer.matmul(problem)))),
      local(handwrittenMatmul(problem)),
    ];
  },
  describe: (milliseconds) => `${((2 * m * k * n) / milliseconds / 1e6).toFixed(1)} GFLOP/s`,
  tolerance: 1e-3,
});

export type GroupName = 'small' | 'mnist' | 'cosine' | 'matmul';

/** By the names of the option --only. */
const groups: Readonly<Record<GroupName, (field: Field) => Workload[]>> = {
  small: () => [small()],
  mnist: (field) => [mnist(field)],
  cosine: (field) => [10, 200].map((hidden) => cosine(field, hidden)),
  matmul: (field) => [
    ...[64, 128, 256, 512, 1024].map((n) => matmul(field, n, n, n)),
    matmul(field, 64, 784, 256),
  ],
};

export const groupNames: readonly GroupName[] = Object.keys(groups) as GroupName[];

export const isGroupName = (name: string): name is GroupName => Object.hasOwn(groups, name);

export const workloadsOf = (names: readonly GroupName[], field: Field): Workload[] =>
  names.flatMap((name) => groups[name](field));

/** What is wrong with the contenders' results after one run each: they must be those of the first, or somebody does something else. */
export const findDisagreements = async (
  { tolerance }: Workload,
  contenders: readonly Contender[],
): Promise<string[]> => {
  const results: { readonly name: string; readonly value: number }[] = [];
  for (const contender of contenders) {
    await contender.time(1);
    if (contender.isPart !== true) results.push({ name: contender.name, value: await contender.result() });
  }
  const [expected, ...others] = results;
  return others
    .filter(({ value }) => !(Math.abs(value - expected.value) <= tolerance * Math.abs(expected.value) + 1e-5))
    .map(({ name, value }) => `${name} gives ${value}, ${expected.name} ${expected.value}`);
};
