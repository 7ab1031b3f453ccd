/** predict, and networks in the checkpoints of fit. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { mean, ones, random, slice, sum, tanh, type Tensor, tensor, zeros } from '@mini/autograd';
import { checkpointFolder, loadTrained, saveCheckpoint } from '../../src/checkpoints.ts';
import {
  adam,
  BatchNorm,
  Dense,
  type DenseParams,
  Dropout,
  fit,
  meanSquaredError,
  type Module,
  type NoParams,
  predict,
  Sequential,
} from '../../src/index.ts';

const x = random.normal(random.key(1), [10, 3]);
const plain = Sequential({ hidden: Dense(4), tanh, out: Dense(2) });
const stateful = Sequential({ hidden: Dense(4), norm: BatchNorm(), drop: Dropout(0.5), out: Dense(2) });

describe('predict', () => {
  test('has the outputs of the network for any size of batches', () => {
    const params = plain.init(random.key(0), x.shape);
    const expected = plain.apply(params, x);
    for (const batchSize of [1, 3, 5, 10, 256])
      expect(predict(plain, params, x, { batchSize })).toEqual(expected);
    expect(predict(plain, params, zeros([0, 3])).shape).toEqual([0, 2]);
  });
  test('evaluates networks that train differently', () => {
    const params = stateful.init(random.key(0), x.shape);
    const [, state] = stateful.train(params, x, { key: random.key(2), state: stateful.initState(x.shape) });
    const expected = stateful.evaluate(params, x, state);
    expect(predict(stateful, params, x, { state, batchSize: 4 })).toEqual(expected);
    expect(() => predict(stateful, params, x)).toThrow('no state');
  });
  test('says what is wrong', () => {
    const params = plain.init(random.key(0), x.shape);
    expect(() => predict({} as never, params, x)).toThrow(
      /^predict: invalid net: expected a module or a network/,
    );
    expect(() => predict(plain, params, x, { batchSize: 0 })).toThrow(/^predict: invalid batchSize/);
    expect(() => predict(plain, params, tensor(1))).toThrow(
      'predict: x has no batch axis: expected shape [n, …]',
    );
    expect(() => predict(plain, params, [[1, 2, 3]] as never)).toThrow(
      /^predict: invalid x: expected a Tensor/,
    );
    const total: Module<NoParams> = {
      init: () => ({}),
      apply: (_params, v: Tensor) => sum(v),
      outputShape: () => [],
    };
    expect(() => predict(total, {}, x)).toThrow('predict: the network changes the number of examples');
  });
});

describe('loadTrained', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mini-trained-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const data = { x, y: mean(x, { axis: 1, keepdims: true }).mul(ones([10, 2])) };
  const options = {
    loss: meanSquaredError,
    optimizer: adam({ learningRate: 0.1 }),
    progress: false,
    epochs: 3,
  };

  test('returns what fit returned, without the data', async () => {
    for (const [name, earlyStopping] of [
      ['last', undefined],
      ['best', { patience: 1 }],
    ] as const) {
      const folder = join(directory, name);
      const stopping = earlyStopping === undefined ? {} : { earlyStopping };
      const checkpoints = checkpointFolder(folder);
      const { params, state } = await fit(stateful, data, { ...options, ...stopping, checkpoints });
      expect(loadTrained(folder, stateful, [1, 3])).toEqual({ params, state });
      expect(() => loadTrained(folder, Sequential({ hidden: Dense(5) }), [1, 3])).toThrow(
        /^loadTrained: .*\.safetensors is of another network:\s+params\.hidden\.bias has shape \[4\], expected \[5\]/,
      );
    }
    const checkpoints = checkpointFolder(join(directory, 'plain'));
    const { params } = await fit(plain, data, { ...options, checkpoints });
    expect(loadTrained(join(directory, 'plain'), plain, [1, 3])).toEqual({ params, state: {} });
  });
  test('says what is wrong', () => {
    expect(() => loadTrained(join(directory, 'none'), plain, [1, 3])).toThrow(
      /^loadTrained: no checkpoint in .*none: expected a folder in which fit saved some, got none$/,
    );
    const other = join(directory, 'other');
    saveCheckpoint(other, 1, { w: zeros([2]) });
    expect(() => loadTrained(other, plain, [1, 3])).toThrow(/^loadTrained: .* is not a checkpoint of fit/);
    writeFileSync(join(other, readdirSync(other)[0]), 'damaged');
    expect(() => loadTrained(other, plain, [1, 3])).toThrow(
      /^loadTrained: every checkpoint in .* is damaged: /,
    );
    expect(() => loadTrained(other, 3 as never, [1, 3])).toThrow(/^loadTrained: /);
  });
});

describe('networks of several inputs', () => {
  interface Inputs {
    readonly left: Tensor;
    readonly right: Tensor;
  }
  const part = Dense(1);
  const both: Module<{ readonly left: DenseParams; readonly right: DenseParams }, Inputs> = {
    init: (key, shapes) => {
      const [first, second] = random.split(key);
      return { left: part.init(first, shapes.left), right: part.init(second, shapes.right) };
    },
    apply: (params, { left, right }) => part.apply(params.left, left).add(part.apply(params.right, right)),
    outputShape: ({ left: [count] }) => [count, 1],
  };
  const left = random.normal(random.key(3), [40, 2]);
  const right = random.normal(random.key(4), [40, 3]);
  const y = sum(left, { axis: 1, keepdims: true }).sub(sum(right, { axis: 1, keepdims: true }));
  const options = {
    loss: meanSquaredError,
    optimizer: adam({ learningRate: 0.1 }),
    epochs: 40,
    progress: false,
  };

  test('are trained, measured, saved and used', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mini-inputs-'));
    const data = { x: { left, right }, y };
    const { params, history } = await fit(both, data, {
      ...options,
      batchSize: 16,
      validation: data,
      checkpoints: checkpointFolder(directory),
    });
    expect(history.at(-1)?.validation?.loss).toBeLessThan(0.01);
    expect([...params.left.kernel.data].map(Math.round)).toEqual([1, 1]);
    const expected = both.apply(params, data.x);
    expect(predict(both, params, data.x, { batchSize: 7 })).toEqual(expected);
    expect(loadTrained(directory, both, { left: [1, 2], right: [1, 3] })).toEqual({ params, state: {} });
    const checkpoints = checkpointFolder(directory, { resume: true });
    const again = await fit(both, data, { ...options, batchSize: 16, validation: data, checkpoints });
    expect(again.params).toEqual(params);
    await expect(
      fit(
        both,
        { x: { left: right, right: left }, y },
        {
          ...options,
          batchSize: 16,
          checkpoints: checkpointFolder(directory, { resume: true }),
        },
      ),
    ).rejects.toThrow('x left 40x2, right 40x3 there, left 40x3, right 40x2 now');
    rmSync(directory, { recursive: true, force: true });
  });
  test('need the same number of examples, and are checked by the compiler', async () => {
    const few = slice(right, [0, 39]);
    await expect(fit(both, { x: { left, right: few }, y }, options)).rejects.toThrow(
      'fit: x and y of the data do not fit: expected shapes [n, …] with the same n > 0, got left [40, 2], right [39, 3] and [40, 1]',
    );
    // @ts-expect-error One input is missing.
    await expect(fit(both, { x: { left }, y }, options)).rejects.toThrow();
    // @ts-expect-error The network takes two inputs.
    await expect(fit(both, { x: left, y }, options)).rejects.toThrow();
    // @ts-expect-error The network takes one input.
    await expect(fit(part, { x: { left, right }, y }, options)).rejects.toThrow();
    // @ts-expect-error The network takes one input.
    expect(() => predict(part, part.init(random.key(0), [1, 2]), { left })).toThrow();
    await expect(fit(both, { x: { left, right: few.data } as never, y }, options)).rejects.toThrow(
      'fit: invalid x of the data: expected a Tensor',
    );
  });
});
