/** A convolutional network, and convolutions next to matrix products of the same size. */
import type { Tensor } from '@mini/autograd';
import { calling } from './contender.ts';
import { ourCnn, ourCnnProducts, ourRegularizedCnn } from './ours.ts';
import { cnnProblem } from './problems.ts';
import type { Library, Mode, Workload } from './types.ts';

const network = (modes: readonly Mode[]): Workload => {
  const problem = cnnProblem();
  return {
    name: 'CNN 3×3×32, 3×3×64, 256, 10 on 28×28, batch 32, one step',
    ours: (library) => modes.map((mode) => ourCnn(library, mode, problem)),
    rest: (library) => [ourCnnProducts(library, problem)],
    peer: (peer) => peer.cnn?.(problem),
    describe: (milliseconds) =>
      `${((milliseconds * 60_000) / problem.batch / 1000).toFixed(0)} s for 60,000 images`,
    tolerance: 1e-3,
  };
};

/** The same network with batch norm, dropout and momentum. */
const regularized = (modes: readonly Mode[]): Workload => {
  const problem = cnnProblem();
  return {
    name: 'the CNN with batch norm, dropout and momentum, one step',
    ours: (library) =>
      modes.filter((mode) => mode !== 'eager').map((mode) => ourRegularizedCnn(library, mode, problem)),
    rest: (library) => [ourCnnProducts(library, problem)],
    tolerance: 1e-3,
  };
};

/** Sizes of a convolution. */
interface Size {
  readonly name: string;
  readonly x: readonly number[];
  readonly kernel: readonly number[];
  readonly strides?: number;
  readonly dilation?: number;
}

const SIZES: readonly Size[] = [
  { name: '3×3', x: [32, 14, 14, 32], kernel: [3, 3, 32, 64] },
  { name: '1×1', x: [8, 28, 28, 64], kernel: [1, 1, 64, 128] },
  { name: '7×7, stride 2', x: [4, 56, 56, 3], kernel: [7, 7, 3, 64], strides: 2 },
  { name: '3×3, dilation 2', x: [8, 28, 28, 32], kernel: [3, 3, 32, 64], dilation: 2 },
  { name: '1-D, 5', x: [16, 256, 32], kernel: [5, 32, 64] },
];

const randomTensors = ({ autograd: m }: Library, shapes: readonly (readonly number[])[]): Tensor[] =>
  shapes.map((shape, i) => m.random.normal(m.random.key(i), [...shape]));

/**
 * Returns a function for the first element of a tensor: a small result, so copies are not timed.
 */
const firstOf =
  (m: Library['autograd']) =>
  (y: Tensor): Tensor =>
    m.slice(m.reshape(y, [-1]), [0, 1]);

const convolution = ({ name, x, kernel, ...options }: Size): Workload => ({
  name: `conv ${name}: [${x.join(', ')}] with [${kernel.join(', ')}]`,
  tolerance: 1e-3,
  ours: (library) => {
    const m = library.autograd;
    const first = firstOf(m);
    const [images, weights] = randomTensors(library, [x, kernel]);
    const features = kernel[kernel.length - 1];
    const rows = m.conv(images, weights, options).size / features;
    const depth = weights.size / features;
    const [a, b] = randomTensors(library, [
      [rows, depth],
      [depth, features],
    ]);
    const conv = m.jit((i: Tensor, w: Tensor) => first(m.conv(i, w, options)));
    const product = m.jit((i: Tensor, w: Tensor) => first(m.matmul(i, w)));
    return [
      calling(`${library.name} conv`, () => conv(images, weights)),
      calling(`${library.name} matrix product of the same size`, () => product(a, b), true),
    ];
  },
});

const depthwise = (): Workload => ({
  name: 'depthwise 3×3 on [8, 28, 28, 64], with both gradients',
  tolerance: 1e-3,
  ours: (library) => {
    const m = library.autograd;
    const [x, kernel, weights] = randomTensors(library, [
      [8, 28, 28, 64],
      [3, 3, 1, 64],
      [8, 28, 28, 64],
    ]);
    const loss = (i: Tensor, k: Tensor): Tensor => m.sum(m.mul(m.conv(i, k, { groups: 64 }), weights));
    const both = m.jit((i: Tensor, k: Tensor) =>
      m
        .valueAndGrad(loss, { argnums: [0, 1] })(i, k)[1]
        .map(firstOf(m)),
    );
    return [calling(`${library.name} jit`, () => both(x, kernel)[0])];
  },
});

export const convolutionWorkloads = (modes: readonly Mode[]): Workload[] => [
  network(modes),
  regularized(modes),
  ...SIZES.map(convolution),
  depthwise(),
];
