/** CO2 in the air: next month's change from those of two years, against their mean. */
import { grad, jit, random, relu, slice, sub, type Tensor, zerosLike } from '@mini/autograd';
import { batches, numbers, readCsv, slidingWindows, standardize } from '@mini/data';
import { absoluteError, adam, Dense, Sequential, squaredError } from '@mini/nn';

const series = numbers(readCsv('co2-concentration.csv'), 'CO2');
const changes = sub(slice(series, [1, null]), slice(series, [null, -1]));
const [before, after] = [slice(changes, [null, 500]), slice(changes, [500, null])];
const { x: scaled, mean, std } = standardize(before);
const train = slidingWindows(scaled, { length: 24 });
const test = slidingWindows(standardize(after, { mean, std }).x, { length: 24 });

const net = Sequential({ hidden: Dense(16), relu, out: Dense(1) });
const optimizer = adam({ learningRate: 0.003 });
const step = jit((p: typeof params, s: typeof state, { x, y }: typeof train) =>
  optimizer.update(p, grad((q: typeof p) => squaredError(net.apply(q, x), y))(p), s),
);
let params = net.init(random.key(1), train.x.shape);
let state = optimizer.init(params);
for (let epoch = 0; epoch < 30; epoch++)
  for (const batch of batches(train, 32, { key: random.key(epoch) }))
    [params, state] = step(params, state, batch);
const error = (changes: Tensor): number => absoluteError(changes, test.y).item() * std.item();
console.log('test error', error(net.apply(params, test.x)));
console.log('error of the mean', error(zerosLike(test.y)));
