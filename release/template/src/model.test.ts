import { expect, test } from 'vitest';
import { checkGrads, random } from '@mini/autograd';
import { loss, net, optimizer, type Params, step } from './model.ts';
import { makeSpirals } from './spirals.ts';

const { points, labels } = makeSpirals(random.key(1), 20);
const start = () => net.init(random.key(2), points.shape);

test('the gradient of the loss is right', () => {
  checkGrads((params: Params) => loss(params, points, labels), [start()], { order: 1 });
});

test('two hundred steps make the loss smaller', () => {
  let params = start();
  let memory = optimizer.init(params);
  const before = loss(params, points, labels).item();
  for (let i = 0; i < 200; i++) ({ params, memory } = step(params, memory, points, labels));
  expect(loss(params, points, labels).item()).toBeLessThan(before / 2);
});
