/** The workloads, and the contenders for each. */
import type { GroupName, Library, Mode, Runner, Workload } from './types.ts';
import { type Contender, makeContender } from './contender.ts';
import { compileWorkloads } from './compile.ts';
import { convolutionWorkloads } from './convolution.ts';
import { handwrittenCosine, handwrittenMatmul, handwrittenMnist } from './handwritten.ts';
import { ourCosine, ourMatmul, ourMnist, ourMnistProducts, ourSmall } from './ours.ts';
import type { Peer } from './peers.ts';
import { cosineProblem, matmulProblem, mnistProblem } from './problems.ts';
import { opFamilies } from './op-cases/index.ts';
import { opWorkloads } from './ops.ts';
import { transformWorkloads } from './transforms.ts';

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

/** The keys are the names for the option --only. */
const groups: Readonly<Record<GroupName, (modes: readonly Mode[]) => Workload[]>> = {
  small: () => [small()],
  mnist: (modes) => [mnist(modes)],
  cosine: (modes) => [10, 200].map((hidden) => cosine(modes, hidden)),
  matmul: (modes) => [
    ...[64, 128, 256, 512, 1024].map((n) => matmul(modes, n, n, n)),
    matmul(modes, 64, 784, 256),
  ],
  transforms: () => transformWorkloads(),
  cnn: (modes) => convolutionWorkloads(modes),
  compile: () => compileWorkloads(),
  maps: (modes) => opWorkloads('maps', modes),
  reductions: (modes) => opWorkloads('reductions', modes),
  moves: (modes) => opWorkloads('moves', modes),
  products: (modes) => opWorkloads('products', modes),
  windows: (modes) => opWorkloads('windows', modes),
  samplers: (modes) => opWorkloads('samplers', modes),
};

export const groupNames: readonly GroupName[] = Object.keys(groups) as GroupName[];

/** The groups that run unless others are chosen: whole pieces of work that runs again and again. */
export const defaultGroups: readonly GroupName[] = groupNames.filter(
  (name) => name !== 'compile' && !(opFamilies as readonly string[]).includes(name),
);

export const isGroupName = (name: string): name is GroupName => Object.hasOwn(groups, name);

export const makeWorkloads = (names: readonly GroupName[], modes: readonly Mode[]): Workload[] =>
  names.flatMap((name) => groups[name](modes));

/**
 * Makes all contenders of a workload and runs each once.
 *
 * Reports a peer that fails, and skips it.
 */
export const makeContenders = async (
  workload: Workload,
  runner: Runner,
  library: Library,
  peers: readonly Peer[],
  report: (message: string) => void,
): Promise<Contender[]> => {
  const contenders = [
    ...(await runner.contenders(workload)),
    ...(workload.rest?.(library) ?? []).map(makeContender),
  ];
  for (const contender of contenders) await contender.time(1);
  if (workload.peer === undefined) return contenders;
  for (const peer of peers) {
    try {
      const contender = await workload.peer(peer);
      if (contender === undefined) continue;
      await contender.time(1);
      contenders.push(contender);
    } catch (error) {
      report(`${workload.name}: skipped ${peer.name}: ${(error as Error).message}`);
    }
  }
  return contenders;
};

/**
 * Returns a message for each contender whose first result differs from that of the first contender.
 */
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
    .map(({ name, value }) => `expected ${expected.value} as by ${expected.name}, got ${value} by ${name}`);
};
