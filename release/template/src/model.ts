/** The network, its loss and a compiled training step. */
import { jit, tanh, type Tensor, valueAndGrad } from '@mini/autograd';
import { adam, Dense, type ParamsOf, Sequential, softmaxCrossEntropy } from '@mini/nn';

export const net = Sequential({
  hidden1: Dense(32),
  tanh1: tanh,
  hidden2: Dense(32),
  tanh2: tanh,
  out: Dense(2),
});

export type Params = ParamsOf<typeof net>;

/** The mean cross-entropy of points [n, 2] with labels [n]. */
export const loss = (params: Params, points: Tensor, labels: Tensor): Tensor =>
  softmaxCrossEntropy(net.apply(params, points), labels);

export const optimizer = adam({ learningRate: 0.01 });

type Memory = ReturnType<typeof optimizer.init<Params>>;

/** Returns the loss, and the parameters and the optimizer's memory after one update. */
export const step = jit(
  (params: Params, memory: Memory, points: Tensor, labels: Tensor) => {
    const [value, gradients] = valueAndGrad(loss)(params, points, labels);
    const [nextParams, nextMemory] = optimizer.update(params, gradients, memory);
    return { loss: value, params: nextParams, memory: nextMemory };
  },
  { donate: [0, 1] },
);
