import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'node:util';
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import {
  full,
  greater,
  jit,
  mean,
  random,
  relu,
  slice,
  sum,
  take,
  tanh,
  type Tensor,
  tensor,
  tree,
  valueAndGrad,
  zeros,
} from '@mini/autograd';
import { listenForStop } from '../../src/fit/stop.ts';
import { checkpointFolder } from '../../src/checkpoints.ts';
import {
  accuracy,
  adam,
  BatchNorm,
  chain,
  type CheckpointStore,
  Dense,
  type DenseParams,
  Dropout,
  emaOfParams,
  fit,
  type FitOptions,
  meanSquaredError,
  metrics,
  type Optimizer,
  optimizer as nnOptimizer,
  Sequential,
  sgd,
  softmaxCrossEntropy,
} from '../../src/index.ts';

const x = random.uniform(random.key(1), [150, 2], { minval: -1 });
const y = greater(sum(x, { axis: 1 }), 0);
const data = { x, y };
const plain = Sequential({ hidden: Dense(8), tanh, out: Dense(2) });
const stateful = Sequential({ hidden: Dense(8), norm: BatchNorm(), relu, drop: Dropout(0.2), out: Dense(2) });
const options = {
  loss: softmaxCrossEntropy,
  optimizer: adam({ learningRate: 0.03 }),
  epochs: 4,
  progress: false,
} as const;

/** The training that `fit` documents, written by hand, for a network with a key and a state. */
const byHand = (epochs: number, batchSize: number): object => {
  const optimizer = adam({ learningRate: 0.03 });
  const [initKey, orderKey, stepKey] = random.split(random.key(0), 3);
  let params = stateful.init(initKey, x.shape);
  let state = stateful.initState(x.shape);
  let memory = optimizer.init(params);
  type Params = typeof params;
  const step = jit(
    (p: Params, s: typeof state, m: typeof memory, key: random.Key, bx: Tensor, by: Tensor) => {
      const loss = (q: Params): [Tensor, typeof state] => {
        const [out, next] = stateful.train(q, bx, { state: s, key });
        return [softmaxCrossEntropy(out, by), next];
      };
      const [[, next], gradients] = valueAndGrad(loss, { hasAux: true })(p);
      return [optimizer.update(p, gradients, m), next] as const;
    },
  );
  let count = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = random.permutation(random.foldIn(orderKey, epoch), 150);
    for (let start = 0; start < 150; start += batchSize) {
      const places = slice(order, [start, Math.min(150, start + batchSize)]);
      const key = random.foldIn(stepKey, count++);
      [[params, memory], state] = step(params, state, memory, key, take(x, places), take(y, places));
    }
  }
  return { params, state };
};

describe('fit', () => {
  test('has the bits of the written step, for a network with a key and a state', async () => {
    const { params, state } = await fit(stateful, data, { ...options, batchSize: 40 });
    expect({ params, state }).toEqual(byHand(4, 40));
    expectTypeOf(params.hidden.kernel).toEqualTypeOf<Tensor>();
    expectTypeOf(state.norm.mean).toEqualTypeOf<Tensor>();
  });
  test('metrics and validation data do not change the bits', async () => {
    const bare = await fit(plain, data, options);
    const measured = await fit(plain, data, {
      ...options,
      metrics: { accuracy, f1: metrics.f1({ classes: 2 }) },
      validation: data,
    });
    expect(measured.params).toEqual(bare.params);
    expect(measured.state).toEqual({});
    const { train, validation } = measured.history[3];
    expectTypeOf(train.accuracy).toEqualTypeOf<number>();
    const inPlace = fit(plain, data, {
      ...options,
      metrics: { mean: (p) => mean(p), same: (_p, t) => mean(t) },
    });
    expectTypeOf((await inPlace).history[0].train).toEqualTypeOf<
      Readonly<Record<'loss' | 'mean' | 'same', number>>
    >();
    expect(Object.keys(train)).toEqual(['loss', 'accuracy', 'f1']);
    expect(validation?.loss).toBeCloseTo(softmaxCrossEntropy(plain.apply(bare.params, x), y).item(), 5);
    expect(validation?.accuracy).toBeCloseTo(accuracy(plain.apply(bare.params, x), y).item(), 6);
    expect(validation?.accuracy).toBeGreaterThan(0.9);
  });
  test('starts from given parameters and a given state, which stay as they are', async () => {
    const still = { ...options, optimizer: sgd({ learningRate: 0 }), epochs: 1 };
    const first = await fit(stateful, data, options);
    const before = JSON.stringify([first.params, first.state]);
    const again = await fit(stateful, data, { ...still, params: first.params, state: first.state });
    expect(again.params).toEqual(first.params);
    expect(again.state.norm.mean).not.toEqual(first.state.norm.mean);
    expect(JSON.stringify([first.params, first.state])).toBe(before);
    const other = await fit(plain, data, { ...still, params: plain.init(random.key(5), x.shape) });
    expect(other.params).toEqual(plain.init(random.key(5), x.shape));
    const start = {
      ...plain.init(random.key(5), x.shape),
      hidden: { kernel: zeros([2, 3]), bias: zeros([3]) },
    };
    await expect(fit(plain, data, { ...still, params: start as never })).rejects.toThrow(
      /^fit: params do not fit the network: expected shape \[\d+\] at hidden.bias, got \[3\]/,
    );
    await expect(fit(plain, data, { ...still, params: 3 as never })).rejects.toThrow(/^fit: .*params/);
    await expect(fit(plain, data, { ...still, params: {} as never })).rejects.toThrow(/^fit: .*hidden/);
  });
  test('returns the state of the optimizer, and starts from one', async () => {
    const optimizer = nnOptimizer(chain(adam({ learningRate: 0.03 }), emaOfParams(0.9)));
    const settings = { ...options, optimizer, epochs: 1, batchSize: 150 };
    const first = await fit(plain, data, settings);
    const { step, paramsEma } = first.optimizerState;
    expectTypeOf(paramsEma).toEqualTypeOf<typeof first.params>();
    expect([step.item(), paramsEma.hidden.kernel.shape]).toEqual([1, [2, 8]]);
    const { params, optimizerState } = first;
    const before = JSON.stringify(first);
    const again = await fit(plain, data, { ...settings, params, optimizerState });
    expect(again.optimizerState.step.item()).toBe(2);
    expect(JSON.stringify(first)).toBe(before);
    // The order of all examples differs, but hardly their mean gradient.
    const twice = await fit(plain, data, { ...settings, epochs: 2 });
    again.params.out.bias.data.forEach((value, i) =>
      expect(value).toBeCloseTo(twice.params.out.bias.data[i], 5),
    );
    const other = { ...optimizerState, paramsEma: { ...paramsEma, out: zeros([3]) } };
    await expect(fit(plain, data, { ...settings, optimizerState: other as never })).rejects.toThrow(
      /^fit: .*optimizerState/,
    );
  });
  test('takes optimizers and layers that have a tensor in several places', async () => {
    const lookahead: Optimizer = {
      ...sgd({ learningRate: 0.1 }),
      // Its own key is no tensor, and stays as it is.
      init: (params) =>
        ({ ...sgd({ learningRate: 0.1 }).init(params), slow: params, key: random.key(3) }) as never,
      update: (params, gradients, { step, ...memory }) => [
        tree.map((w, g) => w.sub(g), params, gradients),
        { step: step.add(1), ...memory } as never,
      ],
    };
    const shared = zeros([8]);
    const net = Sequential({
      a: Dense(8, { biasInit: () => shared }),
      b: Dense(8, { biasInit: () => shared }),
      out: Dense(2),
    });
    const settings = { ...options, optimizer: lookahead, epochs: 1 };
    const { params, optimizerState } = await fit(net, data, settings);
    const again = await fit(net, data, { ...settings, params, optimizerState });
    expect(again.optimizerState.step.item()).toBe(2 * optimizerState.step.item());
    expect(again.optimizerState).toHaveProperty('key.data', random.key(3).data);
    expect(params.a.bias).not.toEqual(shared);
    expect(shared.toArray()).toEqual(zeros([8]).toArray());
  });
  test('averages over examples, also if the last batch is smaller', async () => {
    const rate = { ...options, optimizer: sgd({ learningRate: 0 }), epochs: 1, batchSize: 64 };
    const { params, history } = await fit(plain, data, rate);
    expect(history[0].train.loss).toBeCloseTo(softmaxCrossEntropy(plain.apply(params, x), y).item(), 6);
  });
  test('takes labels as a list, a batch larger than the data, and regression', async () => {
    const line = { x: tensor([[0], [1], [2]]), y: tensor([[1], [3], [5]]) };
    const { params } = await fit(Dense(1), line, {
      loss: meanSquaredError,
      optimizer: adam({ learningRate: 0.1 }),
      epochs: 300,
      progress: false,
    });
    expect(params.kernel.item()).toBeCloseTo(2, 2);
    const { history } = await fit(
      plain,
      { x: line.x.matmul(tensor([[1, 1]])), y: [0, 1, 1] },
      { ...options, epochs: 1 },
    );
    expect(history).toHaveLength(1);
  });
  test('takes a module and a metric that are classes', async () => {
    class Layer {
      init(key: random.Key, shape: readonly number[]): DenseParams {
        return Dense(2).init(key, shape);
      }
      apply(params: DenseParams, input: Tensor): Tensor {
        return Dense(2).apply(params, input);
      }
      outputShape(shape: readonly number[]): readonly number[] {
        return Dense(2).outputShape(shape);
      }
    }
    const [own, expected] = await Promise.all(
      [new Layer(), Dense(2)].map((net) => fit(net, data, { ...options, metrics: { accuracy } })),
    );
    expect(own.params).toEqual(expected.params);
  });
  test('stops early, and returns the parameters of the best epoch', async () => {
    const worse = { x, y: greater(random.uniform(random.key(9), [150]), 0.5) };
    const settings = { ...options, epochs: 60, validation: worse };
    const { history, params } = await fit(plain, data, { ...settings, earlyStopping: { patience: 3 } });
    const losses = history.map(({ validation }) => validation?.loss ?? NaN);
    const best = losses.indexOf(Math.min(...losses));
    expect(history).toHaveLength(best + 4);
    expect(params).toEqual((await fit(plain, data, { ...settings, epochs: best + 1 })).params);
  });
  test('prints a line for each epoch, or calls a function', async () => {
    const lines: string[] = [];
    const spy = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
    const settings: FitOptions<{ accuracy: typeof accuracy }> = {
      ...options,
      epochs: 2,
      metrics: { accuracy },
      validation: data,
      progress: true,
    };
    try {
      await fit(plain, data, settings);
    } finally {
      spy.mockRestore();
    }
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^epoch 1\/2 {2}loss 0\.\d{4} {2}accuracy 0\.\d{4} {2}validation loss 0\.\d{4} {2}validation accuracy/,
    );
    const epochs: number[] = [];
    await fit(plain, data, { ...settings, progress: ({ epoch }) => void epochs.push(epoch) });
    expect(epochs).toEqual([1, 2]);
  });
  test('a signal ends it after a batch', async () => {
    const controller = new AbortController();
    const { history, interrupted } = await fit(plain, data, {
      ...options,
      epochs: 1000,
      progress: ({ epoch }) => {
        if (epoch === 2) controller.abort();
      },
      signal: controller.signal,
    });
    expect(interrupted).toBe(true);
    expect(history).toHaveLength(2);
  });
});

describe('checkpoints of fit', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mini-fit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['plain', plain, {}],
    [
      'with a key, a state and early stopping',
      stateful,
      { earlyStopping: { patience: 2 }, validation: data },
    ],
  ])('continue with the same bits, after any batch: %s', async (_name, net, others) => {
    const settings = { ...options, ...others, metrics: { accuracy }, epochs: 6 };
    const whole = await fit(net as typeof plain, data, settings);
    const controller = new AbortController();
    let batches = 0;
    const store = checkpointFolder(join(folder, 'run'));
    const interrupting = {
      latest: store.latest,
      save: store.save,
    };
    // The signal is read after each batch: this one stops in the middle of the third epoch.
    const signal = {
      get aborted() {
        return ++batches > 12;
      },
    } as AbortSignal;
    const first = await fit(net as typeof plain, data, { ...settings, checkpoints: interrupting, signal });
    expect(first.interrupted).toBe(true);
    expect(first.history.length).toBeLessThan(whole.history.length);
    controller.abort();
    const rest = await fit(net as typeof plain, data, {
      ...settings,
      checkpoints: checkpointFolder(join(folder, 'run'), { resume: true }),
    });
    expect({ ...rest }).toEqual({ ...whole });
  });
  test('keep scores that are not finite, and NaN is never the best', async () => {
    const scores = [NaN, 2, Infinity, -Infinity, 1, NaN];
    let next = 0;
    const metric = {
      init: () => ({}),
      update: () => ({}),
      compute: () => tensor(scores[next++ % scores.length]),
    } as unknown as ReturnType<typeof metrics.accuracy>;
    const settings = {
      ...options,
      metrics: { metric },
      earlyStopping: { patience: 9, metric: 'metric', goal: 'max' },
    } as const;
    const run = join(folder, 'run');
    await fit(plain, data, { ...settings, epochs: 3, checkpoints: checkpointFolder(run) });
    const checkpoints = checkpointFolder(run, { resume: true });
    const resumed = await fit(plain, data, { ...settings, epochs: 6, checkpoints });
    next = 0;
    const whole = await fit(plain, data, { ...settings, epochs: 6 });
    expect(resumed.history.map(({ train }) => train.metric)).toEqual(scores);
    expect(resumed).toEqual(whole);
    next = 0;
    const best = await fit(plain, data, {
      ...settings,
      epochs: 2,
      earlyStopping: { ...settings.earlyStopping, goal: 'min' },
    });
    next = 0;
    expect(best.params).not.toEqual((await fit(plain, data, { ...settings, epochs: 1 })).params);
  });
  test('of another run are an error, and stay', async () => {
    const run = join(folder, 'run');
    await fit(plain, data, { ...options, epochs: 1, checkpoints: checkpointFolder(run) });
    const files = readdirSync(run);
    expect(() => checkpointFolder(run)).toThrow(
      /^checkpointFolder: .*run contains checkpoints: expected none; write \{ resume: true \}/,
    );
    const checkpoints = checkpointFolder(run, { resume: true });
    await expect(fit(plain, data, { ...options, batchSize: 7, checkpoints })).rejects.toThrow(
      /^fit: .* is a checkpoint of another training: batchSize 32 there, 7 now$/,
    );
    const others = { metrics: { accuracy }, earlyStopping: { patience: 2 } };
    await expect(fit(plain, data, { ...options, ...others, checkpoints })).rejects.toThrow(
      /another training: metrics \["loss"\] there, \["accuracy","loss"\] now; earlyStopping off there, loss, min now$/,
    );
    const goals = (['min', 'max'] as const).map((goal) => ({ earlyStopping: { patience: 2, goal } }));
    const stopping = join(folder, 'stopping');
    await fit(plain, data, { ...options, ...goals[0], epochs: 1, checkpoints: checkpointFolder(stopping) });
    const resumed = { ...options, ...goals[1], checkpoints: checkpointFolder(stopping, { resume: true }) };
    await expect(fit(plain, data, resumed)).rejects.toThrow(/earlyStopping loss, min there, loss, max now$/);
    await expect(fit(plain, data, { ...resumed, ...goals[0], validation: data })).rejects.toThrow(
      /validation off there, on now$/,
    );
    await expect(fit(Sequential({ out: Dense(2) }), data, { ...options, checkpoints })).rejects.toThrow(
      /restore/,
    );
    expect(readdirSync(run)).toEqual(files);
  });
  test('Ctrl-C saves one and goes on with the program', async () => {
    const program = join(import.meta.dirname, 'interrupted.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', program, join(folder, 'run')]);
    let out = '';
    let isSent = false;
    child.stdout.on('data', (chunk: Buffer) => {
      out += String(chunk);
      if (isSent || !/epoch +3\//.test(out)) return;
      isSent = true;
      child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => {
      child.on('close', resolve);
    });
    expect(out).toMatch(/fit: interrupted in epoch \d+ after batch \d+ of 5\nafter fit: true\n$/);
    expect(code).toBe(130);
    expect(readdirSync(join(folder, 'run')).length).toBeGreaterThan(0);
  });
});

test('SIGTERM asks for a stop, as Ctrl-C does', () => {
  const { exitCode } = process;
  const stop = listenForStop(undefined);
  process.emit('SIGTERM', 'SIGTERM');
  expect([stop.isRequested(), process.exitCode]).toEqual([true, 143]);
  stop.end();
  process.exitCode = exitCode;
});

describe('errors of fit', () => {
  test.each([
    [
      3,
      data,
      options,
      /^fit: invalid net: expected a module or a network, such as Sequential\(\{ … \}\), got 3$/,
    ],
    [
      { init: () => ({}), train: () => [] },
      data,
      options,
      /^fit: invalid net: expected an object with the functions init, outputShape, initState, train and evaluate, got an object \(Object\)$/,
    ],
    [plain, data, { ...options, progress: 'yes' }, /^fit: invalid progress: .*, got "yes"$/],
    [
      plain,
      data,
      { ...options, signal: new AbortController() },
      /^fit: invalid signal: expected the signal of an AbortController, got an object \(AbortController\)$/,
    ],
    [plain, { x: [1], y }, options, /^fit: invalid x of the data: expected a Tensor/],
    [plain, { x, y: [1, 2] }, options, /^fit: x and y of the data do not fit: .*, got \[150, 2\] and \[2\]$/],
    [plain, { x: zeros([0, 2]), y: zeros([0]) }, options, /^fit: x and y of the data do not fit/],
    [plain, data, { ...options, epochs: 0 }, /^fit: invalid epochs/],
    [plain, data, { ...options, batchSize: 0.5 }, /^fit: invalid batchSize/],
    [plain, data, { ...options, epoch: 3 }, /^fit: unknown option: expected loss, .*, got "epoch"$/],
    [plain, data, { ...options, loss: 3 }, /^fit: invalid loss/],
    [
      plain,
      data,
      { ...options, loss: (out: Tensor) => out },
      /^fit: loss is not one number: expected shape \[\], got \[32, 2\]; write mean/,
    ],
    [plain, data, { ...options, metrics: { a: 3 } }, /^fit: metric a is not a metric/],
    [
      plain,
      data,
      { ...options, metrics: { a: metrics.f1({ classes: 2, average: 'none' }) } },
      /^fit: metric a is not one number: expected shape \[\], got \[2\]; choose another average, or/,
    ],
    [
      plain,
      data,
      { ...options, optimizer: { init: () => ({}), update: (p: object) => ({ p }) } },
      /^fit: invalid result of update of the optimizer: expected \[params, state\], got an object \(Object\)$/,
    ],
    [plain, data, { ...options, metrics: { loss: accuracy } }, /^fit: a metric is called loss/],
    [plain, data, { ...options, metrics: { a: (out: Tensor) => out } }, /^fit: metric a is not one number/],
    [plain, data, { ...options, earlyStopping: { patience: 0 } }, /^fit: invalid patience/],
    [
      plain,
      data,
      { ...options, earlyStopping: { patience: 1, metric: 'accuracy' } },
      /^fit: invalid metric of earlyStopping: expected 'loss', got "accuracy"$/,
    ],
    [
      plain,
      { x, y: x },
      { ...options, loss: meanSquaredError, optimizer: sgd({ learningRate: 1e30 }) },
      /^fit: the training diverged: expected a finite loss, got .* in epoch 1, batch \d; try a smaller learning rate/,
    ],
    [
      plain,
      { x: tensor([[1, NaN]]), y: [0] },
      options,
      /^fit: x of the data has numbers that are not finite: .* got a loss of NaN in epoch 1, batch 1; drop or fill/,
    ],
  ])('%#', async (net, examples, settings, message) => {
    await expect(
      fit(net as typeof plain, examples as typeof data, settings as typeof options),
    ).rejects.toThrow(message);
  });
  test('name a parameter that is NaN after the last update of an epoch', async () => {
    const diverging = fit(plain, data, {
      ...options,
      optimizer: sgd({ learningRate: () => tensor(NaN) }),
      batchSize: 150,
      epochs: 1,
    });
    await expect(diverging).rejects.toThrow(
      'fit: the training diverged: expected numbers as parameters, got NaN in hidden.bias after epoch 1',
    );
  });
  test('name other data, and a store that returns something else', async () => {
    await expect(fit(plain, { ...data, weights: x } as typeof data, options)).rejects.toThrow(
      'fit: unknown "weights" in the data: expected { x, y }',
    );
    await expect(fit(plain, data, { ...options, metrics: null as never })).rejects.toThrow(
      'fit: invalid metrics: expected an object, got null',
    );
    for (const wrong of [undefined, null, 'abc', new Map(), {}])
      await expect(fit(plain, { x, y: wrong as never }, options)).rejects.toThrow(
        'fit: invalid y of the data: expected a Tensor or a list of numbers, got ',
      );
    const five = { ...stateful, train: () => 5 as never };
    await expect(fit(five, data, options)).rejects.toThrow(
      'fit: invalid result of train of the network: expected [y, state], got 5',
    );
    const validation = { x: full([3, 2], NaN), y: [0, 1, 0] };
    await expect(fit(plain, data, { ...options, validation })).rejects.toThrow(
      'fit: x of the validation data has numbers that are not finite: expected finite ones, got a loss of NaN after epoch 1',
    );
    const checkpointOf = (fitted: string, restore: () => unknown): CheckpointStore => ({
      latest: () => ({ path: 'a', metadata: { fit: fitted }, restore: restore as <T>(x: T) => T }),
      save: () => {},
    });
    const position = '{"epoch":0,"batch":0,"history":[]}';
    await expect(
      fit(plain, data, { ...options, checkpoints: checkpointOf(position, () => undefined) }),
    ).rejects.toThrow('fit: invalid result of restore of a checkpoint: expected a tree like its argument');
    await expect(
      fit(plain, data, {
        ...options,
        checkpoints: checkpointOf('{"epoch":0,"batch":0,"history":[null]}', () => 5),
      }),
    ).rejects.toThrow('fit: a is not a checkpoint of fit');
    for (const found of [null, {}, { path: 'a', metadata: {} }, 'a']) {
      const store = { latest: () => found as never, save: () => {} };
      await expect(fit(plain, data, { ...options, checkpoints: store })).rejects.toThrow(
        'fit: invalid result of checkpoints.latest: expected undefined or { path, metadata, restore }, got ',
      );
    }
  });
  test('of progress come after the checkpoint of the epoch, which stores can save later', async () => {
    const saved: number[] = [];
    const checkpoints = {
      latest: async () => undefined,
      save: async (step: number) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        saved.push(step);
      },
    };
    const failing = async (): Promise<void> => Promise.reject(new Error('no progress'));
    const training = fit(plain, data, { ...options, batchSize: 50, checkpoints, progress: failing });
    await expect(training).rejects.toThrow('no progress');
    expect(saved).toEqual([3]);
  });
  test('name fit for all nonsense in place of an argument or option', async () => {
    const nonsense: unknown[] = [
      NaN,
      -1,
      'x',
      '',
      [],
      {},
      null,
      true,
      1n,
      Symbol('s'),
      () => 1,
      new Date(0),
      tensor(1),
    ];
    const good = {
      ...options,
      epochs: 1,
      batchSize: 64,
      metrics: { accuracy },
      validation: data,
      earlyStopping: { patience: 1 },
    };
    const names = [...Object.keys(good), 'key', 'checkpoints', 'signal', 'constructor'];
    const calls = nonsense.flatMap((value): unknown[][] => [
      [value, data, good],
      [plain, value, good],
      [plain, { x: value, y }, good],
      [plain, { x, y: value }, good],
      [plain, data, value],
      ...names.map((name) => [plain, data, { ...good, [name]: value }]),
      ...['patience', 'metric', 'goal'].map((name) => [
        plain,
        data,
        { ...good, earlyStopping: { patience: 1, [name]: value } },
      ]),
    ]);
    const spy = vi.spyOn(console, 'log').mockImplementation(() => {});
    const wrong: string[] = [];
    for (const args of calls) {
      try {
        const { params } = await fit(...(args as Parameters<typeof fit<object>>));
        if (!(params as { out: { kernel: Tensor } }).out.kernel.data.every(Number.isFinite))
          wrong.push('not finite');
      } catch (error) {
        const { message } = error as Error;
        if (!message.startsWith('fit')) wrong.push(`${String(error)} for ${format(args)}`);
      }
    }
    spy.mockRestore();
    expect(wrong).toEqual([]);
  });
  test('do not leave a listener for Ctrl-C', async () => {
    const before = process.listenerCount('SIGINT');
    await expect(fit(plain, data, { ...options, loss: (out) => out })).rejects.toThrow();
    await fit(plain, data, {
      ...options,
      epochs: 1,
      loss: (out, labels) => mean(softmaxCrossEntropy(out, labels, { reduction: 'none' })),
    });
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
