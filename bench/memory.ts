/**
 * `pnpm bench:memory`: checks that training in compiled steps leaves no memory behind, and prints
 * how much some programs need.
 *
 * It trains the MNIST network for 10,000 steps.
 */
import { jit, relu, type Tensor, tensor, tree, valueAndGrad } from '@mini/autograd';
import { softmaxCrossEntropy } from '@mini/nn';
import { parseOptions } from '@mini/tools/cli';
import { Command } from 'commander';
import { printPeaks } from './peaks.ts';
import { mnistProblem } from './problems.ts';
import { measureUsage } from './usage.ts';

const STEPS = 10_000;
const { data } = parseOptions<{ data?: string }>(
  new Command('bench:memory')
    .description(
      `Trains the MNIST network for ${STEPS} compiled steps, and fails if memory grows by more than 1 MB. Then prints the peak of memory of some programs.`,
    )
    .option(
      '--data <directory>',
      'directory of full MNIST, to measure the training on it; default: the embedded digits',
    ),
);

const { images, labels, w1, w2, inputs, hidden, classes, batch, rate } = mnistProblem();
let params = {
  w1: tensor(w1, [inputs, hidden]),
  b1: tensor(new Float32Array(hidden)),
  w2: tensor(w2, [hidden, classes]),
  b2: tensor(new Float32Array(classes)),
};
const [x, y] = [tensor(images, [batch, inputs]), tensor(labels, [batch, classes])];
const lossAndGradients = valueAndGrad((p: typeof params) =>
  softmaxCrossEntropy(relu(x.matmul(p.w1).add(p.b1)).matmul(p.w2).add(p.b2), y),
);
const step = jit(
  (p: typeof params): [Tensor, typeof params] => {
    const [loss, gradients] = lossAndGradients(p);
    return [loss, tree.map((w, g) => w.sub(g.mul(rate)), p, gradients)];
  },
  { donate: 0 },
);

const started = performance.now();
let loss: Tensor;
[loss, params] = step(params);
console.log(`compiling and running the first step: ${(performance.now() - started).toFixed(1)} ms`);
for (let i = 0; i < 100; i++) [loss, params] = step(params);

const before = await measureUsage();
let allocated = 0;
let last = process.memoryUsage().heapUsed;
for (let i = 0; i < STEPS; i++) {
  [loss, params] = step(params);
  if (i % 100 === 0) {
    const { heapUsed } = process.memoryUsage();
    if (heapUsed > last) allocated += heapUsed - last;
    last = heapUsed;
  }
}
const after = await measureUsage();
const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(0)} KB`;
console.log(`loss ${loss.item()} after ${STEPS} steps`);
console.log(
  `heap ${kilobytes(before.heap)} before, ${kilobytes(after.heap)} after; arrays outside the heap ${kilobytes(before.arrays)} before, ${kilobytes(after.arrays)} after`,
);
console.log(`allocated and collected: about ${(allocated / STEPS).toFixed(0)} bytes a step`);
if (after.heap - before.heap > 2 ** 20 || after.arrays - before.arrays > 2 ** 20) {
  console.error('error: memory grows');
  process.exitCode = 1;
}
printPeaks(data);
