/** What `pnpm bench:threads` runs. */
import * as autograd from '@mini/autograd';
import type { Tensor } from '@mini/autograd';
import * as nn from '@mini/nn';
import { CURRENT } from '../libraries.ts';
import type { Library } from '../types.ts';
import { ourCnn, ourCosine, ourMnist } from '../ours.ts';
import { cnnProblem, cosineProblem, mnistProblem } from '../problems.ts';

const { add, jit, matmul, mul, random, relu, sin, sum, tensor, tree, valueAndGrad } = autograd;
const { softmaxCrossEntropy } = nn;
/** As TypeScript: the file of its threads is found only next to the sources. */
const library: Library = { name: CURRENT, autograd, nn };

export interface Workload {
  readonly name: string;
  run(): void;
}

/** The step that is also run in two processes at once. */
export const mnistStep = (): Workload => ({
  ...ourMnist(library, 'jit', mnistProblem()),
  name: 'step 784-256-10, batch 64',
});

/** A training step of a network with two hidden layers. */
const deepStep = (): Workload => {
  const [batch, widths] = [128, [784, 512, 512, 10]];
  const key = random.key(0);
  const normal = (use: number, shape: readonly number[]): Tensor =>
    random.normal(random.foldIn(key, use), [...shape]);
  let params = widths.slice(1).map((width, i) => ({
    kernel: mul(normal(i, [widths[i], width]), 1 / Math.sqrt(widths[i])),
    bias: tensor(new Float32Array(width)),
  }));
  const x = normal(10, [batch, widths[0]]);
  const labels = random.randint(random.foldIn(key, 11), [batch], 0, 10);
  const loss = (layers: typeof params, images: Tensor, y: Tensor): Tensor =>
    softmaxCrossEntropy(
      layers.reduce((h, { kernel, bias }, i) => matmul(i === 0 ? h : relu(h), kernel).add(bias), images),
      y,
    );
  const step = jit(
    (layers: typeof params, images: Tensor, y: Tensor): typeof params => {
      const [, gradients] = valueAndGrad(loss)(layers, images, y);
      return tree.map((w: Tensor, g: Tensor) => w.sub(g.mul(0.01)), layers, gradients);
    },
    { donate: [0] },
  );
  return {
    name: 'step 784-512-512-10, batch 128',
    run: () => {
      params = step(params, x, labels);
    },
  };
};

// Large results are copied, which one thread does. Sums of rows leave little to copy.
const square = (n: number): Workload => {
  const x = random.normal(random.key(n), [n, n]);
  const f = jit((a: Tensor) => sum(matmul(a, a), { axis: 1 }));
  return { name: `matmul [${n}, ${n}]`, run: () => void f(x) };
};

const million = (name: string, f: (x: Tensor) => Tensor): Workload => {
  const x = random.normal(random.key(0), [1000, 1000]);
  const compiled = jit(f);
  return { name: `${name} of 10⁶ elements`, run: () => void compiled(x) };
};

export const makeWorkloads = (): Workload[] => [
  mnistStep(),
  deepStep(),
  { ...ourCnn(library, 'jit', cnnProblem()), name: 'step of a CNN, batch 32' },
  ...[256, 512, 1024].map(square),
  million('sin(x)·x', (x) => mul(sin(x), x)),
  million('sums of rows', (x) => sum(x, { axis: 1 })),
  million('sums of columns', (x) => sum(x, { axis: 0 })),
  million('sums of rows of x and noise', (x) =>
    sum(add(random.normal(random.key(1), [...x.shape]), x), { axis: 1 }),
  ),
  million('sums of rows of sin(x)·x', (x) => sum(mul(sin(x), x), { axis: 1 })),
  ...[10, 200].map((hidden) => ({
    ...ourCosine(library, 'jit', cosineProblem(hidden)),
    name: `cosine net, ${hidden} hidden neurons`,
  })),
];
