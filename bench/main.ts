/** `pnpm bench`: how fast the library is on this machine, beside others and beside plain loops. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Command } from 'commander';
import { handwrittenCosine, handwrittenMnist } from './handwritten.ts';
import { hasRelaxedSimd, naiveMatmul, peakRate } from './machine.ts';
import { type Contender, measure, type Timing } from './measure.ts';
import { type Mode, ourCosine, ourMatmul, ourMnist, ourMnistProducts, ourSmall } from './ours.ts';
import { loadPeers, type Peer } from './peers.ts';
import { cosineProblem, matmulProblem, mnistProblem } from './problems.ts';

interface Workload {
  readonly name: string;
  readonly contenders: readonly Contender[];
  /** What one run's median, in milliseconds, means. */
  describe(milliseconds: number): string;
  /** How far the contenders' results may be apart, relatively, right after they were made. */
  readonly tolerance: number;
}

const matmulWorkload = (
  m: number,
  k: number,
  n: number,
  modes: readonly Mode[],
  peers: readonly Peer[],
): Workload => {
  const problem = matmulProblem(m, k, n);
  let out: Float32Array = new Float32Array(1);
  return {
    name: `matmul [${m}, ${k}] x [${k}, ${n}]`,
    contenders: [
      ...modes.map((mode) => ourMatmul(mode, problem)),
      ...peers.map((peer) => peer.matmul(problem)),
      {
        name: 'plain loops',
        run: () => {
          out = naiveMatmul(problem.a, problem.b, m, k, n);
        },
        result: () => out[0],
      },
    ],
    describe: (milliseconds) => `${((2 * m * k * n) / milliseconds / 1e6).toFixed(1)} GFLOP/s`,
    tolerance: 1e-3,
  };
};

const workloads: Readonly<
  Record<string, (modes: readonly Mode[], peers: readonly Peer[]) => readonly Workload[]>
> = {
  small: () => [
    {
      name: '(a + b) * c on 8 elements',
      contenders: [ourSmall('eager'), ourSmall('jit')],
      describe: (milliseconds) => `${(milliseconds * 1000).toFixed(3)} µs`,
      tolerance: 0,
    },
  ],
  mnist: (modes, peers) => {
    const problem = mnistProblem();
    const steps = 55_000 / problem.batch;
    return [
      {
        name: 'MNIST 784-256-10, batch 64: the whole step, and its matrix products alone',
        contenders: [ourMnist('jit', problem), ourMnistProducts(problem)],
        describe: (milliseconds) => `${milliseconds.toFixed(3)} ms`,
        tolerance: Infinity,
      },
      {
        name: 'MNIST 784-256-10, batch 64',
        contenders: [
          ...modes.map((mode) => ourMnist(mode, problem)),
          ...peers.map((peer) => peer.mnist(problem)),
          handwrittenMnist(problem),
        ],
        describe: (milliseconds) =>
          `${milliseconds.toFixed(3)} ms (${((milliseconds * steps) / 1000).toFixed(2)} s for 55,000 images)`,
        tolerance: 1e-3,
      },
    ];
  },
  cosine: (modes, peers) =>
    [10, 200].map((hidden) => {
      const problem = cosineProblem(hidden);
      return {
        name: `cosine net, ${hidden} hidden, one update`,
        contenders: [
          ...modes.map((mode) => ourCosine(mode, problem)),
          ...peers.map((peer) => peer.cosine(problem)),
          handwrittenCosine(problem),
        ],
        describe: (milliseconds) => `${(milliseconds * 1000).toFixed(1)} µs`,
        tolerance: 1e-3,
      };
    }),
  matmul: (modes, peers) => [
    ...[64, 128, 256, 512, 1024].map((n) => matmulWorkload(n, n, n, modes, peers)),
    matmulWorkload(64, 784, 256, modes, peers),
  ],
};

const {
  only,
  json,
  peers: withPeers,
} = new Command('bench')
  .description(
    'Measures the library on this machine, single-threaded; contenders take turns, medians are shown.',
  )
  .option('--only <names>', `workloads, with commas between them: ${Object.keys(workloads).join()}`)
  .option('--json <file>', 'write the results to a file as well')
  .option('--no-peers', 'without other libraries, which are installed on first use')
  .allowExcessArguments(false)
  .parse()
  .opts<{ only?: string; json?: string; peers: boolean }>();

const chosen = only?.split(',') ?? Object.keys(workloads);
const unknown = chosen.find((name) => !Object.hasOwn(workloads, name));
if (unknown !== undefined) {
  console.error(`error: there is no workload '${unknown}': ${Object.keys(workloads).join()}`);
  process.exit(1);
}

/** Each contender's result after one run must be that of the first: otherwise they do different things. */
const check = ({ name, contenders, tolerance }: Workload): void => {
  const [expected, ...others] = contenders.map((contender) => {
    contender.run();
    return contender.result();
  });
  others.forEach((found, i) => {
    if (!(Math.abs(found - expected) <= tolerance * Math.abs(expected) + 1e-5)) {
      console.log(
        `  warning: ${name}: ${contenders[i + 1].name} gives ${found}, ${contenders[0].name} ${expected}`,
      );
    }
  });
};

// Node 20 has relaxed SIMD behind a flag.
setFlagsFromString('--experimental-wasm-relaxed-simd');
const modes: Mode[] = hasRelaxedSimd() ? ['eager', 'jit', 'jit fma'] : ['eager', 'jit'];
const peers = withPeers ? await loadPeers(console.log) : [];
const peak = peakRate();
console.log(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
console.log(
  `128-bit multiply+add peak of one core: ${peak.toFixed(1)} GFLOP/s; lower times and ratios are better\n`,
);
const results: { workload: string; timings: Timing[] }[] = [];
for (const name of chosen) {
  for (const workload of workloads[name](modes, peers)) {
    check(workload);
    const timings = measure(workload.contenders);
    results.push({ workload: workload.name, timings });
    console.log(workload.name);
    const reference = timings.find((timing) => timing.name === '@mini jit') ?? timings[0];
    for (const { name: contender, median, spread } of timings) {
      const ratio = median / reference.median;
      console.log(
        `  ${contender.padEnd(14)} ${workload.describe(median).padEnd(44)} ±${(100 * spread).toFixed(0)}%  ${ratio.toFixed(2)}× the time of ${reference.name}`,
      );
    }
  }
}
if (json !== undefined)
  writeFileSync(json, `${JSON.stringify({ peak, node: process.version, results }, null, 2)}\n`);
