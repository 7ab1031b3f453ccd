/** `pnpm bench`: how fast the library is on this machine. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { add, matmul, mul, oneHot, random, relu, tensor, tree, valueAndGrad } from '@mini/autograd';
import { Dense, Sequential, softmaxCrossEntropy } from '@mini/nn';
import { Command } from 'commander';
import { naiveMatmul, peakRate } from './machine.ts';
import { type Contender, measure, type Timing } from './measure.ts';

interface Workload {
  readonly name: string;
  readonly contenders: readonly Contender[];
  /** What one run's median, in milliseconds, means. */
  describe(milliseconds: number): string;
}

const key = random.key(0);

const matmulWorkload = (m: number, k: number, n: number): Workload => {
  const a = random.normal(key, [m, k]);
  const b = random.normal(key, [k, n]);
  return {
    name: `matmul [${m}, ${k}] x [${k}, ${n}]`,
    contenders: [
      { name: '@mini eager', run: () => matmul(a, b) },
      { name: 'naive loops', run: () => naiveMatmul(a.data, b.data, m, k, n) },
    ],
    describe: (milliseconds) => `${((2 * m * k * n) / milliseconds / 1e6).toFixed(1)} GFLOP/s`,
  };
};

const smallWorkload = (): Workload => {
  const [a, b, c] = [1, 2, 3].map((seed) => random.normal(random.key(seed), [8]));
  return {
    name: '(a + b) * c on 8 elements, per op',
    contenders: [{ name: '@mini eager', run: () => mul(add(a, b), c) }],
    describe: (milliseconds) => `${(milliseconds * 500).toFixed(3)} µs`,
  };
};

const mnistStepWorkload = (): Workload => {
  const net = Sequential({ hidden: Dense(256), activation: relu, out: Dense(10) });
  const images = random.normal(key, [64, 784]);
  const labels = oneHot(random.randint(key, [64], 0, 10), 10);
  const rate = tensor(0.1);
  const step = valueAndGrad((params: ReturnType<typeof net.init>) =>
    softmaxCrossEntropy(net.apply(params, images), labels),
  );
  let params = net.init(key, [64, 784]);
  return {
    name: 'training step 784-256-10, batch 64',
    contenders: [
      {
        name: '@mini eager',
        run: () => {
          const [, gradients] = step(params);
          params = tree.map((w, g) => w.sub(g.mul(rate)), params, gradients);
        },
      },
    ],
    describe: (milliseconds) => `${milliseconds.toFixed(3)} ms`,
  };
};

const workloads: Readonly<Record<string, () => readonly Workload[]>> = {
  matmul: () => [
    ...[64, 128, 256, 512, 1024].map((n) => matmulWorkload(n, n, n)),
    matmulWorkload(64, 784, 256),
  ],
  small: () => [smallWorkload()],
  mnist: () => [mnistStepWorkload()],
};

const { only, json } = new Command('bench')
  .description(
    'Measures the library on this machine, single-threaded; contenders take turns, medians are shown.',
  )
  .option('--only <names>', `workloads, with commas between them: ${Object.keys(workloads).join()}`)
  .option('--json <file>', 'write the results to a file as well')
  .allowExcessArguments(false)
  .parse()
  .opts<{ only?: string; json?: string }>();

const chosen = only?.split(',') ?? Object.keys(workloads);
const unknown = chosen.find((name) => !(name in workloads));
if (unknown !== undefined) {
  console.error(`error: there is no workload '${unknown}': ${Object.keys(workloads).join()}`);
  process.exit(1);
}

const peak = peakRate();
console.log(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
console.log(`128-bit multiply+add peak of one core: ${peak.toFixed(1)} GFLOP/s\n`);
const results: { workload: string; timings: Timing[] }[] = [];
for (const name of chosen) {
  for (const workload of workloads[name]()) {
    const timings = measure(workload.contenders);
    results.push({ workload: workload.name, timings });
    const columns = timings.map(
      (timing) => `${timing.name} ${workload.describe(timing.median)} ±${(100 * timing.spread).toFixed(0)}%`,
    );
    console.log(`${workload.name.padEnd(36)} ${columns.join('   ')}`);
  }
}
if (json !== undefined)
  writeFileSync(json, `${JSON.stringify({ peak, node: process.version, results }, null, 2)}\n`);
