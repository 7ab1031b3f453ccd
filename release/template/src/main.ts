/** Trains the network, and draws what it has learnt. */
import { argmax, linspace, meshgrid, random, reshape, stack } from '@mini/autograd';
import { accuracy } from '@mini/nn';
import { plot } from '@mini/plot';
import { net, optimizer, step } from './model.ts';
import { makeSpirals } from './spirals.ts';

const [trainKey, testKey, initKey] = random.split(random.key(0), 3);
const train = makeSpirals(trainKey, 200);
const test = makeSpirals(testKey, 200);

let params = net.init(initKey, train.points.shape);
let memory = optimizer.init(params);
const steps: number[] = [];
const losses: number[] = [];
for (let i = 1; i <= 1000; i++) {
  const result = step(params, memory, train.points, train.labels);
  ({ params, memory } = result);
  steps.push(i);
  losses.push(result.loss.item());
  if (i % 200 === 0) console.log(`step ${i}: loss ${result.loss.item().toFixed(4)}`);
}
console.log(`test accuracy ${accuracy(net.apply(params, test.points), test.labels).item()}`);

// What the network answers for each point of the plane, from the top to the bottom.
const side = linspace(-1.2, 1.2, 200);
const [x, y] = meshgrid([side, side.neg()]);
const plane = stack([reshape(x, [-1]), reshape(y, [-1])], { axis: 1 });
const answers = reshape(argmax(net.apply(params, plane), { axis: -1 }), [200, 200]);
await plot(
  [
    { title: 'Loss', xLabel: 'step', yLabel: 'cross-entropy', log: true, x: steps, series: { loss: losses } },
    { title: 'The two regions', images: answers },
  ],
  'spirals.png',
);
console.log('plot: spirals.png');
