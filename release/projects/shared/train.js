/** Trains a tiny network on XOR, and returns what it learned. */
import { jit, sigmoid, tanh, tensor, valueAndGrad } from '@mini/autograd';
import * as random from '@mini/autograd/random';
import { adam, binaryCrossEntropyFromLogits, Dense, Sequential } from '@mini/nn';

const inputs = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]);
const targets = tensor([[0], [1], [1], [0]]);
const net = Sequential({ hidden: Dense(8), activation: tanh, out: Dense(1) });
const optimizer = adam({ learningRate: 0.05 });

const step = jit((params, state) => {
  const [loss, gradients] = valueAndGrad((p) => binaryCrossEntropyFromLogits(net.apply(p, inputs), targets))(
    params,
  );
  const [nextParams, nextState] = optimizer.update(params, gradients, state);
  return { loss, params: nextParams, state: nextState };
});

export const train = () => {
  let params = net.init(random.key(1), [4, 2]);
  let state = optimizer.init(params);
  for (let i = 0; i < 200; i++) ({ params, state } = step(params, state));
  const outputs = sigmoid(net.apply(params, inputs)).toArray();
  return `trained: ${outputs.map(([p]) => Math.round(p)).join(' ')}`;
};
