/** Networks with keys and states: types, values, mistakes, and use inside of transformations. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  add,
  debugKeys,
  debugNaNs,
  div,
  foriLoop,
  glu,
  grad,
  jit,
  mean,
  mul,
  ones,
  random,
  relu,
  scan,
  slice,
  sub,
  sum,
  type Tensor,
  tensor,
  tree,
  valueAndGrad,
  vmap,
  zeros,
} from '@mini/autograd';
import {
  adam,
  BatchNorm,
  type BatchNormState,
  Conv,
  type ConvParams,
  ConvTranspose,
  Dense,
  type DenseParams,
  Dropout,
  Embed,
  Flatten,
  GlobalAvgPool,
  GlobalMaxPool,
  GroupNorm,
  initializers,
  type Layer,
  LayerNorm,
  MaxPool,
  AvgPool,
  type Module,
  type Network,
  type NoParams,
  type NoState,
  Parallel,
  Residual,
  RMSNorm,
  loadSafetensors,
  saveSafetensors,
  type ScaleAndBias,
  Sequential,
  summary,
} from '../../src/index.ts';

const key = random.key(3);

const Noise = (size: number): Network<NoParams, NoState, 'key'> => ({
  init: () => ({}),
  initState: () => ({}),
  train: (_params, x, { key: own }) => [add(x, mul(size, random.normal(own, x.shape))), {}],
  evaluate: (_params, x) => x,
  outputShape: (inputShape) => inputShape,
});

const block = Sequential({ dense: Dense(4), norm: BatchNorm({ momentum: 0.5 }), relu });
const net = Sequential({ first: block, drop: Dropout(0.25), rest: Residual(Dense(4)), out: Dense(2) });
const x = random.normal(random.key(9), [6, 3]);

describe('the types of networks', () => {
  test('follow from their layers', () => {
    expectTypeOf(Sequential({ a: Dense(2), relu })).toEqualTypeOf<Module<{ readonly a: DenseParams }>>();
    expectTypeOf(Sequential({ a: Dense(2), b: Dropout(0.1) })).toEqualTypeOf<
      // oxlint-disable-next-line typescript/no-empty-object-type
      Network<{ readonly a: DenseParams }, {}, 'key'>
    >();
    expectTypeOf(block).toEqualTypeOf<
      Network<
        { readonly dense: DenseParams; readonly norm: ScaleAndBias },
        { readonly norm: BatchNormState },
        'state'
      >
    >();
    type Params = {
      readonly first: { readonly dense: DenseParams; readonly norm: ScaleAndBias };
      readonly rest: { readonly layer: DenseParams };
      readonly out: DenseParams;
    };
    type State = { readonly first: { readonly norm: BatchNormState } };
    expectTypeOf<ReturnType<typeof net.init>>().toEqualTypeOf<Params>();
    expectTypeOf<ReturnType<typeof net.initState>>().toEqualTypeOf<State>();
    const params = net.init(key, [1, 3]);
    const state = net.initState([1, 3]);
    expectTypeOf(net.train(params, x, { state, key })).toEqualTypeOf<readonly [y: Tensor, state: State]>();
    expectTypeOf(net.evaluate(params, x, state)).toEqualTypeOf<Tensor>();
  });

  test('whose layers are chosen when the program runs can be plain', () => {
    for (const rate of [0, 0.5]) {
      const chosen = Sequential({
        inner: Sequential({ a: Dense(3), drop: rate > 0 ? Dropout(rate) : relu }),
        out: Dense(1),
      });
      const params = chosen.init(key, [1, 2]);
      expect(chosen.initState([1, 2])).toEqual({});
      expect(chosen.train(params, ones([4, 2]), { key })[0].shape).toEqual([4, 1]);
      expect(chosen.evaluate(params, ones([4, 2])).shape).toEqual([4, 1]);
    }
    // Copies run the functions that they replace.
    const inner = Sequential({ a: Dense(3) });
    const calls: string[] = [];
    const applied: typeof inner = { ...inner, apply: (own, y) => (calls.push('apply'), inner.apply(own, y)) };
    const both = Sequential({ applied, out: Dense(1) });
    both.apply(both.init(key, [1, 2]), ones([4, 2]));
    const trained: Network<object, NoState, 'key'> = {
      ...inner,
      initState: () => ({}),
      train: () => [(calls.push('train'), ones([4, 3])), {}],
      evaluate: () => ones([4, 3]),
    };
    const outer = Sequential({ trained, drop: Dropout(0.5) });
    outer.train(outer.init(key, [1, 2]), ones([4, 2]), { key });
    expect(calls).toEqual(['apply', 'train']);
    const listed = [3, 3].map((size, i) => [`hidden${i}`, Dense(size)] as const);
    const deep = Sequential(Object.fromEntries<Layer>(listed));
    expect(deep.evaluate(deep.init(key, [1, 2]), ones([4, 2]), {}).shape).toEqual([4, 3]);
  });

  test('make mistakes errors of the compiler, and of JavaScript', () => {
    const params = net.init(key, [1, 3]);
    const state = net.initState([1, 3]);
    // @ts-expect-error the state is missing
    expect(() => net.train(params, x, { key })).toThrow(
      '(BatchNorm): no state: expected the one of initState',
    );
    // @ts-expect-error the key is missing
    expect(() => net.train(params, x, { state })).toThrow('(Dropout): no random key: expected train(params');
    // @ts-expect-error both are missing
    expect(() => net.train(params, x)).toThrow(
      'Sequential: no key or state: expected train(params, x, { key, state }), got neither',
    );
    // @ts-expect-error the state is missing
    expect(() => net.evaluate(params, x)).toThrow('(BatchNorm): no state');
    // @ts-expect-error it has no apply
    expect(() => net.apply(params, x)).toThrow('Sequential: no apply, because training differs');
    // @ts-expect-error nor has a layer
    expect(() => Dropout(0.5).apply({}, x)).toThrow('Dropout: no apply');
    // @ts-expect-error the state of another network
    expect(() => net.evaluate(params, x, {})).toThrow('(BatchNorm): invalid state mean');
    const other = Sequential({ first: Dense(4), out: Dense(2) });
    // @ts-expect-error the parameters of another network
    expect(() => net.train(other.init(key, [1, 3]), x, { state, key })).toThrow('kernel');
    const wide = net.init(key, [1, 5]);
    expect(() => net.evaluate(wide, x, state)).toThrow(
      'layer first.dense (Dense): input and kernel do not fit',
    );
    expect(() =>
      block.evaluate(block.init(key, [1, 3]), ones([2, 3]), { norm: BatchNorm().initState([1, 9]) }),
    ).toThrow('layer norm (BatchNorm): state mean does not fit: expected shape [4], got [9]');
    const both = Sequential({ norm: BatchNorm(), drop: Dropout(0.5) });
    const given = { state: both.initState([2, 2]), key: 0 as never };
    expect(() => both.train(both.init(random.key(0), [2, 2]), zeros([2, 2]), given)).toThrow(
      /^Sequential: invalid key: expected a random key, got 0/,
    );
    expect(() => Sequential({ norm: BatchNorm() }).initState([])).toThrow(
      'Sequential: layer norm (BatchNorm): ',
    );
  });

  test('accept a layer of one’s own', () => {
    const own = Sequential({ noise: Noise(0.1), out: Dense(2) });
    expectTypeOf(own.train).parameter(2).toEqualTypeOf<{ readonly key: random.Key }>();
    const params = own.init(key, [1, 3]);
    const [y] = own.train(params, x, { key });
    const noisy = add(x, mul(0.1, random.normal(random.foldIn(key, 0), x.shape)));
    expect(y).toEqual(Dense(2).apply(params.out, noisy));
  });
});

describe('Dropout', () => {
  test('drops a part, scales the rest, and does nothing in evaluation', () => {
    const layer = Dropout(0.25);
    const big = ones([100, 100]);
    const [y, state] = layer.train({}, big, { key });
    expect(state).toEqual({});
    expect([...new Set(y.data)].sort()).toEqual([0, Math.fround(4 / 3)]);
    expect(y.data.filter((value) => value === 0).length / y.size).toBeCloseTo(0.25, 1);
    expect(layer.evaluate({}, big)).toBe(big);
    expect(Dropout(0).train({}, big, { key })[0]).toBe(big);
    // A new key for each place: layers of one network drop different elements.
    const twice = Sequential({ a: Dropout(0.5), b: Dropout(0.5) });
    const [z] = twice.train({}, big, { key });
    expect(mean(z).item()).toBeCloseTo(1, 1);
    expect(z.data.filter((value) => value > 0).length / z.size).toBeCloseTo(0.25, 1);
  });

  test.each([1, -0.1, NaN, '0.5'])('refuses the rate %s', (rate) => {
    expect(() => Dropout(rate as number)).toThrow('Dropout: invalid rate: expected a number in [0, 1)');
  });
});

describe('BatchNorm', () => {
  test('normalizes the batch, and moves its statistics', () => {
    const layer = BatchNorm({ momentum: 0.5, epsilon: 0 });
    const params = layer.init(key, [1, 2]);
    const state = layer.initState([1, 2]);
    const [y, next] = layer.train(
      params,
      tensor([
        [1, 10],
        [3, 30],
      ]),
      { state },
    );
    expect(y.toArray()).toEqual([
      [-1, -1],
      [1, 1],
    ]);
    expect([next.mean.toArray(), next.var.toArray()]).toEqual([
      [1, 10],
      [1, 50.5],
    ]);
    expect(
      layer.evaluate(params, tensor([[1, 10]]), { mean: tensor([0, 0]), var: tensor([4, 25]) }).toArray(),
    ).toEqual([[0.5, 2]]);
  });

  test('refuses an empty batch, eager and compiled', () => {
    const layer = BatchNorm();
    const params = layer.init(key, [1, 2]);
    const state = layer.initState([1, 2]);
    const run = (batch: Tensor): Tensor => layer.train(params, batch, { state })[0];
    expect(() => run(zeros([0, 2]))).toThrow('BatchNorm: batch is empty');
    expect(() => jit(run)(zeros([0, 2]))).toThrow('BatchNorm: batch is empty');
  });
});

describe('networks in transformations', () => {
  const params = net.init(key, [1, 3]);
  const state = net.initState([1, 3]);
  const target = random.normal(random.key(10), [6, 2]);
  type Params = typeof params;
  type State = typeof state;
  const loss = (p: Params, s: State, k: random.Key): [Tensor, State] => {
    const [y, next] = net.train(p, x, { state: s, key: k });
    return [mean(mul(sub(y, target), sub(y, target))), next];
  };
  const optimizer = adam({ learningRate: 0.01 });
  const step = (p: Params, memory: ReturnType<typeof optimizer.init<Params>>, s: State, k: random.Key) => {
    const [[value, next], gradients] = valueAndGrad(loss, { hasAux: true })(p, s, k);
    const [nextParams, nextMemory] = optimizer.update(p, gradients, memory);
    return { params: nextParams, memory: nextMemory, state: next, loss: value };
  };

  test('train the same, compiled with donation and eager', () => {
    const compiled = jit(step, { donate: [0, 1, 2] });
    const run = (update: typeof step): unknown[] => {
      let all = { params, memory: optimizer.init(params), state, loss: tensor(0) };
      // Donation gives arguments away, so copies start.
      all = tree.map((leaf: Tensor) => mul(leaf, 1), all as never) as never;
      const losses: number[] = [];
      for (let i = 0; i < 20; i++) {
        all = update(all.params, all.memory, all.state, random.foldIn(key, i)) as typeof all;
        losses.push(all.loss.item());
      }
      return [losses, tree.leaves(all).map((leaf) => [...leaf.data])];
    };
    const [losses, leaves] = run(step);
    expect(run(compiled as never)).toEqual([losses, leaves]);
    const numbers = losses as number[];
    expect(numbers[19]).toBeLessThan(0.8 * numbers[0]);
  });

  test('have states without derivatives', () => {
    const slope = grad((p: Params) => {
      const [, next] = net.train(p, x, { state, key });
      return sum(next.first.norm.mean);
    })(params);
    expect(tree.leaves(slope).every((leaf) => leaf.data.every((value) => value === 0))).toBe(true);
  });

  test('run in scan, foriLoop and vmap', () => {
    const batches = random.normal(random.key(11), [3, 6, 3]);
    const [last, ys] = scan(
      (s: State, batch: Tensor): [State, Tensor] => {
        const [y, next] = net.train(params, batch, { state: s, key });
        return [next, y];
      },
      state,
      batches,
    );
    let expected = state as State;
    for (let i = 0; i < 3; i++) {
      const [y, next] = net.train(params, slice(batches, i), { state: expected, key });
      expect(slice(ys, i)).toEqual(y);
      expected = next;
    }
    expect(last).toEqual(expected);
    const looped = foriLoop(
      0,
      3,
      (_i: Tensor, s: State) => net.train(params, x, { state: s, key })[1],
      state,
    );
    expect(tree.structure(looped)).toEqual(tree.structure(state));
    const many = vmap((k: random.Key) => net.train(params, x, { state, key: k })[0])(random.keys(key, 4));
    expect(many.shape).toEqual([4, 6, 2]);
    random.split(key, 4).forEach((own, i) => {
      expect(slice(many, i)).toEqual(net.train(params, x, { state, key: own })[0]);
    });
  });
});

describe('layers without parameters or state', () => {
  test('pool over windows and over everything', () => {
    const image = tensor([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2]);
    expect(MaxPool({ window: 2 }).apply({}, image).data).toEqual(Float32Array.of(7, 8));
    expect(AvgPool({ window: 2 }).apply({}, image).data).toEqual(Float32Array.of(4, 5));
    expect(GlobalMaxPool.apply({}, image).toArray()).toEqual([[7, 8]]);
    expect(GlobalAvgPool.apply({}, image).toArray()).toEqual([[4, 5]]);
    expect(GlobalAvgPool.outputShape([2, 5, 5, 3])).toEqual([2, 3]);
  });

  test('normalize', () => {
    const row = tensor([[3, 4]]);
    const rms = RMSNorm({ epsilon: 0 });
    expect(rms.apply(rms.init(key, [1, 2]), row).data[0]).toBeCloseTo(3 / Math.sqrt(12.5), 6);
    expect(LayerNorm({ useScale: false, useBias: false }).init(key, [1, 2])).toEqual({});
    expect(() => GroupNorm().init(key, [1, 4, 6])).toThrow('GroupNorm: input does not fit');
  });
});

describe('Conv, ConvTranspose and Embed', () => {
  test('have the shapes of flax, in 1-D and 2-D', () => {
    const conv = Conv(8, 3, { strides: 2 });
    expect(conv.init(key, [1, 28, 28, 3]).kernel.shape).toEqual([3, 3, 3, 8]);
    expect(conv.outputShape([2, 28, 28, 3])).toEqual([2, 14, 14, 8]);
    expect(Conv(8, [5]).init(key, [1, 10, 3]).kernel.shape).toEqual([5, 3, 8]);
    expect(Conv(8, 3, { groups: 4 }).init(key, [1, 9, 9, 4]).kernel.shape).toEqual([3, 3, 1, 8]);
    expect(Conv(8, 1, { useBias: false }).init(key, [1, 9, 9, 4])).not.toHaveProperty('bias');
    const up = ConvTranspose(4, 3, { strides: 2, padding: 'VALID' });
    const params: ConvParams = up.init(key, [1, 7, 7, 8]);
    expect(params.kernel.shape).toEqual([3, 3, 8, 4]);
    expect(up.apply(params, ones([2, 7, 7, 8])).shape).toEqual(up.outputShape([2, 7, 7, 8]));
    expect(Embed(5, 2).outputShape([3, 4])).toEqual([3, 4, 2]);
  });

  test('start with the variance of flax', () => {
    const { kernel } = Conv(64, 3).init(key, [1, 8, 8, 32]);
    expect(mean(mul(kernel, kernel)).item() * 9 * 32).toBeCloseTo(1, 1);
    const { embedding } = Embed(1000, 16).init(key, [1]);
    expect(mean(mul(embedding, embedding)).item() * 16).toBeCloseTo(1, 1);
  });

  test.each([
    ['a flat input', () => Conv(4, 3).init(key, [1, 9])],
    ['a kernel with another number of axes', () => Conv(4, [3, 3]).init(key, [1, 9, 2])],
    ['a window that is too large', () => Conv(4, 9, { padding: 'VALID' }).init(key, [1, 5, 5, 1])],
    ['groups that do not divide', () => Conv(4, 3, { groups: 3 }).outputShape([1, 5, 5, 4])],
    [
      'parameters of another layer',
      () => Conv(4, 3).apply(Conv(4, 5).init(key, [1, 9, 9, 1]), ones([1, 9, 9, 1])),
    ],
    ['a window of a pool that is too large', () => MaxPool({ window: 6 }).outputShape([1, 5, 5, 1])],
    ['indices out of range', () => Embed(3, 2).apply(Embed(3, 2).init(key, [1]), tensor([3]))],
    [
      'branches that do not fit',
      () => Parallel({ a: Conv(1, 3), b: Conv(1, 3, { strides: 2 }) }).outputShape([1, 8, 8, 1]),
    ],
    ['a residual that does not fit', () => Residual(Dense(3)).outputShape([1, 4])],
  ])('explain what is wrong with %s', (_name, f) => {
    expect(f).toThrowErrorMatchingSnapshot();
  });
});

describe('Parallel and Residual', () => {
  test('join and add, with layers of both kinds', () => {
    const both = Parallel({ a: Dense(2), same: relu });
    expectTypeOf(both).toEqualTypeOf<Module<{ readonly a: DenseParams }>>();
    const params = both.init(key, [1, 3]);
    expect(both.outputShape([6, 3])).toEqual([6, 5]);
    expect(slice(both.apply(params, x), null, [2, 5])).toEqual(relu(x));
    const residual = Residual(Sequential({ norm: BatchNorm(), drop: Dropout(0.5) }), Dense(3));
    expectTypeOf<ReturnType<typeof residual.initState>>().toEqualTypeOf<{
      readonly layer: { readonly norm: BatchNormState };
    }>();
    const own = residual.init(key, [1, 3]);
    const state = residual.initState([1, 3]);
    const y = residual.evaluate(own, x, state);
    const normal = BatchNorm().evaluate(own.layer.norm, x, state.layer.norm);
    expect(y).toEqual(add(normal, Dense(3).apply(own.shortcut, x)));
    const [, next] = residual.train(own, x, { state, key });
    expect(Object.keys(next)).toEqual(['layer']);
  });
});

describe('functions in a network', () => {
  test('can change the axes of an example', () => {
    const gated = Sequential({ hidden: Dense(8), glu, out: Dense(2) });
    const params = gated.init(random.key(0), [1, 3]);
    expect(params.out.kernel.shape).toEqual([4, 2]);
    expect(gated.apply(params, ones([5, 3])).shape).toEqual([5, 2]);
    const pooled = Sequential({
      hidden: Dense(8),
      pool: (v: Tensor) => mean(v, { axis: 1 }),
      out: Dense(2),
    });
    expect(pooled.outputShape([7, 5, 3])).toEqual([7, 2]);
    expect(summary(pooled, [1, 5, 3])).toContain('[1, 8]');
    expect(pooled.apply(pooled.init(random.key(0), [9, 5, 3]), ones([4, 5, 3])).shape).toEqual([4, 2]);
  });
  test('cannot change the batch axis', () => {
    const net = Sequential({ all: (v: Tensor) => mean(v, { axis: 0 }) });
    const params = net.init(random.key(0), [4, 3]);
    const message = 'layer all (Activation): the function changes the shape: expected [4, 3], got [3]';
    expect(() => net.apply(params, ones([4, 3]))).toThrow(message);
  });
  test('can need the batch, use keys, or be wrong for ones', () => {
    const added = ones([2, 4]);
    const offset = Sequential({ a: Dense(4), add: (v: Tensor) => add(v, added), out: Dense(3) });
    expect(offset.apply(offset.init(random.key(0), [2, 4]), ones([2, 4])).shape).toEqual([2, 3]);
    const key = random.key(3);
    const noisy = Sequential({ add: (v: Tensor) => add(v, random.normal(key, [1])) });
    const half = (v: Tensor): Tensor => div(slice(v, null, [0, 2]), sub(slice(v, null, [2, 4]), 1));
    const halved = Sequential({ half, out: Dense(1) });
    debugKeys(true);
    debugNaNs(true);
    try {
      expect(noisy.apply(noisy.init(random.key(0), [2, 4]), zeros([2, 4])).shape).toEqual([2, 4]);
      expect(halved.init(random.key(1), [3, 4]).out.kernel.shape).toEqual([2, 1]);
    } finally {
      debugKeys(false);
      debugNaNs(false);
    }
  });
});

describe('containers', () => {
  const bad = (layer: object): object => ({ init: () => ({}), outputShape: (s: unknown) => s, ...layer });
  const stateful = (train: () => unknown): object =>
    bad({ initState: () => ({}), train, evaluate: (_p: object, x: Tensor) => x });
  test.each([
    ['a function that changes the shape', () => Sequential({ a: (v: Tensor) => sum(v) }).apply({}, x)],
    [
      'a layer that returns a number',
      () => Sequential({ a: bad({ apply: () => 3 }) as Module<NoParams> }).apply({}, x),
    ],
    ['no layers', () => Parallel({}).outputShape([1, 2])],
    [
      'a layer that returns no state',
      () => Sequential({ a: stateful(() => x) as Network<NoParams, NoState, 'key'> }).train({}, x, { key }),
    ],
    [
      'a layer that returns null as its state',
      () =>
        Sequential({ a: stateful(() => [x, null]) as Network<NoParams, NoState, 'key'> }).train({}, x, {
          key,
        }),
    ],
    ['an initializer of another shape', () => Dense(2, { kernelInit: () => ones([1]) }).init(key, [1, 3])],
    ['strides that are wrong from the start', () => Conv(2, 3, { strides: -1 })],
    ['groups of another type', () => Conv(2, 3, { groups: Symbol('a') as unknown as number })],
    ['a pool without a window', () => MaxPool({} as { window: number })],
    ['a misspelt option', () => AvgPool({ window: 2, stride: 2 } as { window: number })],
    [
      'a window with too many elements',
      () => MaxPool({ window: 2 ** 25, padding: 'SAME' }).outputShape([1, 4, 1]),
    ],
    ['no key', () => Embed(3, 2).init(undefined as never, [1])],
    ['a key that is not in an object', () => Sequential({ a: Dropout(0.5) }).train({}, x, key as never)],
  ])('explain what is wrong with %s', (_name, f) => {
    expect(f).toThrowErrorMatchingSnapshot();
  });
  test('take a module with a property train for a module', () => {
    const module = bad({ apply: (_p: object, v: Tensor) => v, train: true }) as Module<NoParams>;
    expect(Sequential({ a: module }).apply({}, x)).toBe(x);
  });
  test('copy their options', () => {
    const options = { window: [2], strides: [2] };
    const layer = MaxPool(options);
    options.strides[0] = 1;
    expect(layer.outputShape([1, 8, 3])).toEqual([1, 4, 3]);
  });
  test('give scale and bias keys of their own', () => {
    const init = initializers.normal(1);
    const { scale, bias } = LayerNorm({ scaleInit: init, biasInit: init }).init(key, [1, 3]);
    expect(scale.data).not.toEqual(bias.data);
  });
});

describe('checkpoints', () => {
  test('hold parameters and state', () => {
    const params = net.init(key, [1, 3]);
    const [, state] = net.train(params, x, { state: net.initState([1, 3]), key });
    const bytes = saveSafetensors({ params, state });
    const template = { params, state: net.initState([1, 3]) };
    expect(loadSafetensors(bytes, template).params).toEqual({ params, state });
  });
});

describe('summary', () => {
  test('counts without drawing random numbers, if it can', () => {
    expect(summary(Dense(2 ** 20), [1, 256])).toContain('269,484,032');
    const orthogonal = Dense(4, { kernelInit: initializers.orthogonal() });
    expect(summary(orthogonal, [1, 4])).toContain('20');
  });
  test('lists the layers of layers', () => {
    const cnn = Sequential({
      conv: Conv(32, 3),
      pool: MaxPool({ window: 2, strides: 2 }),
      block: Residual(Sequential({ norm: BatchNorm(), drop: Dropout(0.1) })),
      flatten: Flatten,
      out: Dense(10),
    });
    expect(summary(cnn, [1, 28, 28, 1])).toMatchInlineSnapshot(`
      "layer             output           parameters
      conv              [1, 28, 28, 32]         320
      pool              [1, 14, 14, 32]           0
      block.layer.norm  [1, 14, 14, 32]          64
      block.layer.drop  [1, 14, 14, 32]           0
      block.shortcut    [1, 14, 14, 32]           0
      flatten           [1, 6272]                 0
      out               [1, 10]              62,730
      total                                  63,114"
    `);
  });
});
