/** The workloads on @mini, eager and compiled. */
import type { Library, Mode } from './types.ts';
import type { Tensor } from '@mini/autograd';
import type { Key } from '@mini/autograd/random';
import type { LocalContender } from './contender.ts';
import type { CnnProblem, CosineProblem, MatmulProblem, MnistProblem } from './problems.ts';

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

export const ourCnn = (library: Library, mode: Mode, problem: CnnProblem): LocalContender => {
  const { avgPool, conv, relu, reshape, tensor } = library.autograd;
  const { softmaxCrossEntropy } = library.nn;
  const { size, first, second, hidden, classes, batch, rate } = problem;
  const params = {
    k1: tensor(problem.k1, [3, 3, 1, first]),
    b1: tensor(new Float32Array(first)),
    k2: tensor(problem.k2, [3, 3, first, second]),
    b2: tensor(new Float32Array(second)),
    w3: tensor(problem.w3, [problem.w3.length / hidden, hidden]),
    b3: tensor(new Float32Array(hidden)),
    w4: tensor(problem.w4, [hidden, classes]),
    b4: tensor(new Float32Array(classes)),
  };
  const pool = (x: Tensor): Tensor => avgPool(x, { window: 2, strides: 2 });
  const loss = (p: typeof params, images: Tensor, labels: Tensor): Tensor => {
    const one = pool(relu(conv(images, p.k1).add(p.b1)));
    const two = pool(relu(conv(one, p.k2).add(p.b2)));
    const three = relu(reshape(two, [batch, -1]).matmul(p.w3).add(p.b3));
    return softmaxCrossEntropy(three.matmul(p.w4).add(p.b4), labels);
  };
  return training(
    library,
    mode,
    loss,
    params,
    tensor(problem.images, [batch, size, size, 1]),
    tensor(problem.labels, [batch, classes]),
    rate,
  );
};

/** Only the eight large matrix products of a step, to show their share of it. */
export const ourCnnProducts = (
  library: Library,
  { size, first, second, hidden, batch }: CnnProblem,
): LocalContender => {
  const { jit, matmul, random, slice, tensor, transpose } = library.autograd;
  const flat = (size / 4) ** 2 * second;
  // The rows of each product, what is summed, and the columns. The first has no gradient of images.
  const layers = [
    [batch * size ** 2, 9, first],
    [(batch * size ** 2) / 4, 9 * first, second],
    [batch, flat, hidden],
  ].map(([rows, depth, columns], i) => {
    const make = (at: number, shape: readonly number[]): Tensor =>
      random.normal(random.key(3 * i + at), [...shape]);
    return { x: make(0, [rows, depth]), w: make(1, [depth, columns]), ct: make(2, [rows, columns]) };
  });
  const products = jit((all: typeof layers) =>
    all
      .flatMap(({ x, w, ct }, i) => [
        matmul(x, w),
        matmul(transpose(x), ct),
        ...(i === 0 ? [] : [matmul(ct, transpose(w))]),
      ])
      .map((c) => slice(c, [0, 1], [0, 1])),
  );
  let out = [tensor(0)];
  return {
    name: `${library.name} products`,
    isPart: true,
    run: () => {
      out = products(layers);
    },
    result: () => out[0].data[0],
  };
};

/** The network of `ourCnn` with batch norm, dropout and momentum. */
export const ourRegularizedCnn = (
  library: Library,
  mode: Mode,
  { images, labels, size, first, second, hidden, classes, batch, rate }: CnnProblem,
): LocalContender => {
  const { random, relu, tensor, tree, valueAndGrad } = library.autograd;
  const { AvgPool, BatchNorm, Conv, Dense, Dropout, Flatten, Sequential, sgd, softmaxCrossEntropy } =
    library.nn;
  const pool = AvgPool({ window: 2, strides: 2 });
  const net = Sequential({
    conv1: Conv(first, 3),
    norm1: BatchNorm(),
    relu1: relu,
    pool1: pool,
    conv2: Conv(second, 3),
    norm2: BatchNorm(),
    relu2: relu,
    pool2: pool,
    flatten: Flatten,
    hidden: Dense(hidden),
    relu3: relu,
    drop: Dropout(0.5),
    out: Dense(classes),
  });
  const optimizer = sgd({ learningRate: rate, momentum: 0.9 });
  const shape = [batch, size, size, 1];
  const x = tensor(images, shape);
  const y = tensor(labels, [batch, classes]);
  const start = (() => {
    const params = net.init(random.key(0), shape);
    return { params, state: net.initState(shape), memory: optimizer.init(params) };
  })();
  type All = typeof start;
  const loss = (params: All['params'], state: All['state'], key: Key): [Tensor, All['state']] => {
    const [logits, next] = net.train(params, x, { state, key });
    return [softmaxCrossEntropy(logits, y), next];
  };
  const update = (all: All, key: Key): [Tensor, All] => {
    const [[value, state], gradients] = valueAndGrad(loss, { hasAux: true })(all.params, all.state, key);
    const [params, memory] = optimizer.update(all.params, gradients, all.memory);
    return [value, { params, state, memory }];
  };
  const copy = (): All => tree.map((leaf: Tensor) => leaf.add(0), start);
  const step = prepare(library.autograd, mode, update, [0], (compiled) => compiled(copy(), random.key(0)));
  let all = copy();
  let value = tensor(NaN);
  let runs = 0;
  return {
    name: `${library.name} ${mode}`,
    run: () => {
      [value, all] = step(all, random.key(runs));
      runs += 1;
    },
    result: () => value.item(),
  };
};
