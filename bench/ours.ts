/** The workloads on @mini, eager and compiled. */
import {
  add,
  configure,
  jit,
  matmul,
  mul,
  relu,
  slice,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
  tree,
  valueAndGrad,
} from '@mini/autograd';
import { softmaxCrossEntropy } from '@mini/nn';
import type { LocalContender } from './contender.ts';
import type { CosineProblem, MatmulProblem, MnistProblem } from './problems.ts';

export type Mode = 'eager' | 'jit' | 'jit fma';

const contender = <P>(
  mode: Mode,
  loss: (params: P, x: Tensor, y: Tensor) => Tensor,
  start: P,
  x: Tensor,
  y: Tensor,
  rate: number,
): LocalContender => {
  const lossAndGradients = valueAndGrad(
    loss as (params: never, x: Tensor, y: Tensor) => Tensor,
  ) as unknown as (params: P, x: Tensor, y: Tensor) => [Tensor, P];
  const update = (params: P, images: Tensor, labels: Tensor): [Tensor, P] => {
    const [value, gradients] = lossAndGradients(params, images, labels);
    return [value, tree.map((w: Tensor, g: Tensor) => w.sub(g.mul(rate)), params, gradients as NoInfer<P>)];
  };
  let step = update;
  let params = start;
  let value = tensor(NaN);
  if (mode !== 'eager') {
    configure({ fma: mode === 'jit fma' });
    step = jit(update, { donate: 0 });
    // Compiled functions keep the setting that they were compiled with.
    step(
      tree.map((w: Tensor) => w.add(0), start),
      x,
      y,
    );
    configure({ fma: false });
  }
  return {
    name: `@mini ${mode}`,
    run: () => {
      [value, params] = step(params, x, y);
    },
    result: () => value.item(),
  };
};

export const ourMatmul = (mode: Mode, { a, b, m, k, n }: MatmulProblem): LocalContender => {
  const [left, right] = [tensor(a, [m, k]), tensor(b, [k, n])];
  let product = matmul as (x: Tensor, y: Tensor) => Tensor;
  if (mode !== 'eager') {
    configure({ fma: mode === 'jit fma' });
    product = jit((x: Tensor, y: Tensor) => matmul(x, y));
    product(left, right);
    configure({ fma: false });
  }
  let elements: ArrayLike<number> = [];
  return {
    name: `@mini ${mode}`,
    run: () => {
      // Read, as the others' are: large results of compiled functions stay in the kernels' memory until then.
      elements = product(left, right).data;
    },
    result: () => elements[0],
  };
};

export const ourMnist = (mode: Mode, problem: MnistProblem): LocalContender => {
  const { inputs, hidden, classes, batch, rate } = problem;
  const params = {
    w1: tensor(problem.w1, [inputs, hidden]),
    b1: tensor(new Float32Array(hidden)),
    w2: tensor(problem.w2, [hidden, classes]),
    b2: tensor(new Float32Array(classes)),
  };
  const loss = (p: typeof params, images: Tensor, labels: Tensor): Tensor =>
    softmaxCrossEntropy(relu(images.matmul(p.w1).add(p.b1)).matmul(p.w2).add(p.b2), labels);
  return contender(
    mode,
    loss,
    params,
    tensor(problem.images, [batch, inputs]),
    tensor(problem.labels, [batch, classes]),
    rate,
  );
};

/** The five matrix products of a step, with nothing else, to see what part of the step they are. */
export const ourMnistProducts = ({
  images,
  w1,
  w2,
  inputs,
  hidden,
  classes,
  batch,
}: MnistProblem): LocalContender => {
  const [x, a, b] = [
    tensor(images, [batch, inputs]),
    tensor(w1, [inputs, hidden]),
    tensor(w2, [hidden, classes]),
  ];
  const [h, z] = [matmul(x, a), matmul(matmul(x, a), b)];
  const products = jit((...[x_, a_, b_, h_, z_]: Tensor[]) =>
    [
      matmul(x_, a_),
      matmul(transpose(x_), h_),
      matmul(h_, b_),
      matmul(transpose(h_), z_),
      matmul(z_, transpose(b_)),
    ].map((c) => slice(c, 0, 0)),
  );
  let out = [tensor(0)];
  return {
    name: '@mini products',
    isPart: true,
    run: () => {
      out = products(x, a, b, h, z);
    },
    result: () => out[0].item(),
  };
};

export const ourCosine = (mode: Mode, problem: CosineProblem): LocalContender => {
  const { samples, hidden, rate } = problem;
  const params = {
    W1: tensor(problem.w1, [hidden, samples]),
    W2: tensor(problem.w2, [samples, hidden]),
    b: tensor(problem.b),
  };
  const loss = ({ W1, W2, b }: typeof params, x: Tensor, y: Tensor): Tensor =>
    mul(sum(square(sub(y, W2.matmul(sigmoid(W1.matmul(x).add(b)))))), 0.5);
  return contender(mode, loss, params, tensor(problem.noisy), tensor(problem.clean), rate);
};

export const ourSmall = (mode: 'eager' | 'jit'): LocalContender => {
  const [a, b, c] = [1, 2, 3].map((value) => tensor(new Float32Array(8).fill(value)));
  const eager = (x: Tensor, y: Tensor, z: Tensor): Tensor => mul(add(x, y), z);
  const f = mode === 'jit' ? jit(eager) : eager;
  let out = a;
  return {
    name: `@mini ${mode}`,
    run: () => {
      out = f(a, b, c);
    },
    result: () => out.data[0],
  };
};
