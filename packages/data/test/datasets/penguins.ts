/** Penguins: from a JSON file to the species by five measurements, two of them texts. */
import { readFileSync } from 'node:fs';
import { concatenate, jit, random, relu, type Tensor, valueAndGrad } from '@mini/autograd';
import { batches, classes, dropMissing, numbers, oneHotColumns, standardize } from '@mini/data';
import { tableFromRecords, trainTestSplit } from '@mini/data';
import { accuracy, adam, Dense, Sequential, softmaxCrossEntropy } from '@mini/nn';

const records = JSON.parse(readFileSync('penguins.json', 'utf8')) as object[];
const table = dropMissing(tableFromRecords(records, { name: 'penguins.json' }));
const sizes = numbers(table, ['Beak Length (mm)', 'Flipper Length (mm)', 'Body Mass (g)']);
const x = concatenate([sizes, oneHotColumns(table, ['Island', 'Sex']).x], { axis: 1 });
const { labels, names } = classes(table, 'Species');
const { train, test } = trainTestSplit(random.key(0), { x, labels });
const { x: inputs, mean, std } = standardize(train.x);

const net = Sequential({ hidden: Dense(16), relu, out: Dense(names.length) });
const optimizer = adam({ learningRate: 0.01 });
const step = jit((p: typeof params, s: typeof state, batch: { x: Tensor; labels: Tensor }) => {
  const loss = (q: typeof p): Tensor => softmaxCrossEntropy(net.apply(q, batch.x), batch.labels);
  return optimizer.update(p, valueAndGrad(loss)(p)[1], s);
});
let params = net.init(random.key(1), inputs.shape);
let state = optimizer.init(params);
for (let epoch = 0; epoch < 30; epoch++)
  for (const batch of batches({ x: inputs, labels: train.labels }, 32, { key: random.key(epoch) }))
    [params, state] = step(params, state, batch);
const outputs = net.apply(params, standardize(test.x, { mean, std }).x);
console.log(table);
console.log('test accuracy', accuracy(outputs, test.labels).item());
