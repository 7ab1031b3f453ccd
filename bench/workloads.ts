/** What is measured: each workload, and everyone who does it. */
import { type Contender, local, type LocalContender } from './contender.ts';
import { handwrittenCosine, handwrittenMatmul, handwrittenMnist } from './handwritten.ts';
import type { Library, Runner } from './libraries.ts';
import { type Mode, ourCosine, ourMatmul, ourMnist, ourMnistProducts, ourSmall } from './ours.ts';
import type { Peer } from './peers.ts';
import { cosineProblem, matmulProblem, mnistProblem } from './problems.ts';

export interface Workload {
  readonly name: string;
  /** This library, or that of another checkout, in each mode. */
  ours(library: Library): readonly LocalContender[];
  /** Parts of the work on this library, and plain loops. */
  rest?(library: Library): readonly LocalContender[];
  /** Another library's. */
  peer?(peer: Peer): Contender | Promise<Contender>;
  /** What a time of so many milliseconds means in the workload's own terms. */
  describe?(milliseconds: number): string;
  /** How far the contenders' results may be apart, relatively, after the first run. */
  readonly tolerance: number;
}

const small = (): Workload => ({
  name: '(a + b) * c on 8 elements',
  ours: (library) => [ourSmall(library, 'eager'), ourSmall(library, 'jit')],
  tolerance: 0,
});

const mnist = (modes: readonly Mode[]): Workload => {
  const problem = mnistProblem();
  const steps = 55_000 / problem.batch;
  return {
    name: 'MNIST 784-256-10, batch 64, one step',
    ours: (library) => modes.map((mode) => ourMnist(library, mode, problem)),
    rest: (library) => [ourMnistProducts(library, problem), handwrittenMnist(problem)],
    peer: (peer) => peer.mnist(problem),
    describe: (milliseconds) => `${((milliseconds * steps) / 1000).toFixed(2)} s for 55,000 images`,
    tolerance: 1e-3,
  };
};

const cosine = (modes: readonly Mode[], hidden: number): Workload => {
  const problem = cosineProblem(hidden);
  return {
    name: `cosine net, ${hidden} hidden, one update`,
    ours: (library) => modes.map((mode) => ourCosine(library, mode, problem)),
    rest: () => [handwrittenCosine(problem)],
    peer: (peer) => peer.cosine(problem),
    tolerance: 1e-3,
  };
};

const matmul = (modes: readonly Mode[], m: number, k: number, n: number): Workload => {
  const problem = matmulProblem(m, k, n);
  return {
    name: `matmul [${m}, ${k}] x [${k}, ${n}]`,
    ours: (library) => modes.map((mode) => ourMatmul(library, mode, problem)),
    rest: () => [handwrittenMatmul(problem)],
    peer: (peer) => peer.matmul(problem),
    describe: (milliseconds) => `${((2 * m * k * n) / milliseconds / 1e6).toFixed(1)} GFLOP/s`,
    tolerance: 1e-3,
  };
};

export type GroupName = 'small' | 'mnist' | 'cosine' | 'matmul';

/** By the names of the option --only. */
const groups: Readonly<Record<GroupName, (modes: readonly Mode[]) => Workload[]>> = {
  small: () => [small()],
  mnist: (modes) => [mnist(modes)],
  cosine: (modes) => [10, 200].map((hidden) => cosine(modes, hidden)),
  matmul: (modes) => [
    ...[64, 128, 256, 512, 1024].map((n) => matmul(modes, n, n, n)),
    matmul(modes, 64, 784, 256),
  ],
};

export const groupNames: readonly GroupName[] = Object.keys(groups) as GroupName[];

export const isGroupName = (name: string): name is GroupName => Object.hasOwn(groups, name);

export const workloadsOf = (names: readonly GroupName[], modes: readonly Mode[]): Workload[] =>
  names.flatMap((name) => groups[name](modes));

/** Everyone who does a workload, after one run each. A peer that fails is reported and left out: it is not ours to mend. */
export const assemble = async (
  workload: Workload,
  runner: Runner,
  library: Library,
  peers: readonly Peer[],
  report: (message: string) => void,
): Promise<Contender[]> => {
  const contenders = [...(await runner.contenders(workload)), ...(workload.rest?.(library) ?? []).map(local)];
  for (const contender of contenders) await contender.time(1);
  if (workload.peer === undefined) return contenders;
  for (const peer of peers) {
    try {
      const contender = await workload.peer(peer);
      await contender.time(1);
      contenders.push(contender);
    } catch (error) {
      report(`${workload.name}: without ${peer.name}: ${(error as Error).message}`);
    }
  }
  return contenders;
};

/** What is wrong with the contenders' results after one run: they must be those of the first, or somebody does something else. */
export const findDisagreements = async (
  { tolerance }: Workload,
  contenders: readonly Contender[],
): Promise<string[]> => {
  const results: { readonly name: string; readonly value: number }[] = [];
  for (const contender of contenders) {
    if (contender.isPart !== true) results.push({ name: contender.name, value: await contender.result() });
  }
  const [expected, ...others] = results;
  return others
    .filter(({ value }) => !(Math.abs(value - expected.value) <= tolerance * Math.abs(expected.value) + 1e-5))
    .map(({ name, value }) => `${name} gives ${value}, ${expected.name} ${expected.value}`);
};
