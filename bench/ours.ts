/** The workloads on @mini, eager and compiled. */
import type { Library, Mode } from './types.ts';
import type { Tensor } from '@mini/autograd';
import type { LocalContender } from './contender.ts';
import type { CosineProblem, MatmulProblem, MnistProblem } from './problems.ts';

/**
 * Returns `f` in the given mode.
 *
 * `warmUp` calls the compiled function, so that it is compiled with the settings of the mode.
 */
const prepare = <F extends (...args: never[]) => unknown>(
  { configure, jit }: Library['autograd'],
  mode: Mode,
  f: F,
  donate: readonly number[],
  warmUp: (compiled: F) => void,
): F => {
  if (mode === 'eager') return f;
  configure({ fma: mode === 'jit fma' });
  const compiled = jit(f, { donate });
  warmUp(compiled);
  configure({ fma: false });
  return compiled;
};

const training = <P>(
  library: Library,
  mode: Mode,
  loss: (params: P, x: Tensor, y: Tensor) => Tensor,
  start: P,
  x: Tensor,
  y: Tensor,
  rate: number,
): LocalContender => {
  const { tensor, tree, valueAndGrad } = library.autograd;
  const lossAndGradients = valueAndGrad(
    loss as (params: never, x: Tensor, y: Tensor) => Tensor,
  ) as unknown as (params: P, x: Tensor, y: Tensor) => [Tensor, P];
  const update = (params: P, images: Tensor, labels: Tensor): [Tensor, P] => {
    const [value, gradients] = lossAndGradients(params, images, labels);
    return [value, tree.map((w: Tensor, g: Tensor) => w.sub(g.mul(rate)), params, gradients as NoInfer<P>)];
  };
  const copy = (): P => tree.map((w: Tensor) => w.add(0), start);
  const step = prepare(library.autograd, mode, update, [0], (compiled) => compiled(copy(), x, y));
  let params = start;
  let value = tensor(NaN);
  return {
    name: `${library.name} ${mode}`,
    run: () => {
      [value, params] = step(params, x, y);
    },
    result: () => value.item(),
  };
};

export const ourMatmul = (library: Library, mode: Mode, { a, b, m, k, n }: MatmulProblem): LocalContender => {
  const { matmul, tensor } = library.autograd;
  const [left, right] = [tensor(a, [m, k]), tensor(b, [k, n])];
  const multiply = (x: Tensor, y: Tensor): Tensor => matmul(x, y);
  const product = prepare(library.autograd, mode, multiply, [], (compiled) => compiled(left, right));
  let elements: ArrayLike<number> = [];
  return {
    name: `${library.name} ${mode}`,
    run: () => {
      // Read the elements, as the other contenders do. Without that, large results of compiled
      // functions stay in the kernels' memory.
      elements = product(left, right).data;
    },
    result: () => elements[0],
  };
};

export const ourMnist = (library: Library, mode: Mode, problem: MnistProblem): LocalContender => {
  const { relu, tensor } = library.autograd;
  const { softmaxCrossEntropy } = library.nn;
  const { inputs, hidden, classes, batch, rate } = problem;
  const params = {
    w1: tensor(problem.w1, [inputs, hidden]),
    b1: tensor(new Float32Array(hidden)),
    w2: tensor(problem.w2, [hidden, classes]),
    b2: tensor(new Float32Array(classes)),
  };
  const loss = (p: typeof params, images: Tensor, labels: Tensor): Tensor =>
    softmaxCrossEntropy(relu(images.matmul(p.w1).add(p.b1)).matmul(p.w2).add(p.b2), labels);
  return training(
    library,
    mode,
    loss,
    params,
    tensor(problem.images, [batch, inputs]),
    tensor(problem.labels, [batch, classes]),
    rate,
  );
};

/** Only the five matrix products of a step, to show their share of it. */
export const ourMnistProducts = (library: Library, problem: MnistProblem): LocalContender => {
  const { jit, matmul, slice, tensor, transpose } = library.autograd;
  const { images, w1, w2, inputs, hidden, classes, batch } = problem;
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
    name: `${library.name} products`,
    isPart: true,
    run: () => {
      out = products(x, a, b, h, z);
    },
    result: () => out[0].item(),
  };
};

export const ourCosine = (library: Library, mode: Mode, problem: CosineProblem): LocalContender => {
  const { mul, sigmoid, square, sub, sum, tensor } = library.autograd;
  const { samples, hidden, rate } = problem;
  const params = {
    W1: tensor(problem.w1, [hidden, samples]),
    W2: tensor(problem.w2, [samples, hidden]),
    b: tensor(problem.b),
  };
  const loss = ({ W1, W2, b }: typeof params, x: Tensor, y: Tensor): Tensor =>
    mul(sum(square(sub(y, W2.matmul(sigmoid(W1.matmul(x).add(b)))))), 0.5);
  return training(library, mode, loss, params, tensor(problem.noisy), tensor(problem.clean), rate);
};

export const ourSmall = (library: Library, mode: 'eager' | 'jit'): LocalContender => {
  const { add, jit, mul, tensor } = library.autograd;
  const [a, b, c] = [1, 2, 3].map((value) => tensor(new Float32Array(8).fill(value)));
  const eager = (x: Tensor, y: Tensor, z: Tensor): Tensor => mul(add(x, y), z);
  const f = mode === 'jit' ? jit(eager) : eager;
  let out = a;
  return {
    name: `${library.name} ${mode}`,
    run: () => {
      out = f(a, b, c);
    },
    result: () => out.data[0],
  };
};
