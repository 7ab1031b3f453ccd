/**
 * The smallest program that trains a network for MNIST, on invented images.
 *
 * release:check limits the size of its bundle.
 */
import { jit, relu, type Tensor, tensor, valueAndGrad } from '@mini/autograd';
import * as random from '@mini/autograd/random';
import * as tree from '@mini/autograd/tree';
import { Dense, Sequential, softmaxCrossEntropy } from '@mini/nn';

const net = Sequential({ hidden: Dense(128), activation: relu, out: Dense(10) });
let params = net.init(random.key(42), [64, 784]);

const lossAndGradients = valueAndGrad((p: typeof params, images: Tensor, labels: Tensor) =>
  softmaxCrossEntropy(net.apply(p, images), labels),
);
const step = jit(
  (p: typeof params, images: Tensor, labels: Tensor) => {
    const [loss, gradients] = lossAndGradients(p, images, labels);
    return { loss, params: tree.map((w, g) => w.sub(g.mul(0.1)), p, gradients) };
  },
  { donate: 0 },
);

const pixels = Float32Array.from({ length: 64 * 784 }, (_, i) => ((i * 7919) % 256) / 255);
const images = tensor(pixels, [64, 784]);
const labels = tensor(Array.from({ length: 64 }, (_, i) => i % 10));
for (let i = 0; i < 10; i++) {
  const result = step(params, images, labels);
  params = result.params;
  console.log(result.loss.item());
}
