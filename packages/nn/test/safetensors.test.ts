import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mul, ones, random, relu, tensor, type Tensor, transpose, zeros } from '@mini/autograd';
import {
  BatchNorm,
  Conv,
  Dense,
  Embed,
  Flatten,
  loadSafetensors,
  saveSafetensors,
  Sequential,
} from '@mini/nn';

/** Returns the bytes of a file with the given header and data. */
const file = (header: unknown, data: ArrayLike<number> = []): Uint8Array => {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(Array.from(data), 8 + json.length);
  return bytes;
};
const entry = (shape: unknown, begin: unknown, end: unknown, dtype: unknown = 'F32'): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const words = (x: Tensor): Uint32Array => new Uint32Array(x.data.slice().buffer);

describe('saveSafetensors', () => {
  test('writes the bytes that the format specifies', () => {
    const bytes = saveSafetensors({ b: tensor([1, -2]) }, { from: 'here' });
    const text = '{"__metadata__":{"from":"here"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const padded = text.padEnd(Math.ceil(text.length / 8) * 8);
    expect(bytes).toEqual(file(padded, [0, 0, 128, 63, 0, 0, 0, 192]));
  });
  test('names tensors by their paths in the tree', () => {
    const tree = {
      layers: [{ bias: zeros([1]) }, { bias: zeros([2]) }],
      'a.b': zeros([]),
      a: { b: zeros([0, 3]) },
    };
    expect(Object.keys(loadSafetensors(saveSafetensors(tree)).params)).toEqual([
      'a.b',
      '["a.b"]',
      'layers[0].bias',
      'layers[1].bias',
    ]);
    // Keys that are not identifiers are written in brackets only if two leaves would be named a.b.
    expect(
      Object.keys(loadSafetensors(saveSafetensors({ 'a.b': zeros([]), 0: [zeros([])] })).params),
    ).toEqual(['0[0]', 'a.b']);
    const both = { 'a.b': zeros([]), a: { b: zeros([]) }, '["a.b"]': zeros([]) };
    expect(() => saveSafetensors(both)).toThrow(
      'saveSafetensors: names of leaves are not unique: expected one leaf of each name, got two of "[\\"a.b\\"]"',
    );
  });
  test('does not change the names of other programs', () => {
    const names = [
      '0.weight',
      'fc1.weight',
      'model.layers.0.self_attn.q_proj.weight',
      '',
      'a b',
      '__proto__',
    ];
    const bytes = file(
      Object.fromEntries(names.map((name, i) => [name, entry([], 4 * i, 4 * i + 4)])),
      new Uint8Array(4 * names.length),
    );
    const { params } = loadSafetensors(bytes);
    expect(Object.keys(params).sort()).toEqual([...names].sort());
    const again = loadSafetensors(saveSafetensors(params)).params;
    expect(Object.keys(again).sort()).toEqual([...names].sort());
    expect(loadSafetensors(saveSafetensors({ 0: { weight: zeros([2]) } })).params).toEqual({
      '0.weight': zeros([2]),
    });
  });
  test('rejects what is not a tree of tensors, metadata that are not strings, and a reserved name', () => {
    expect(() => saveSafetensors({ a: 1 })).toThrow(
      'saveSafetensors: params: invalid leaf: expected Tensors, got 1 at a; wrap it with tensor()',
    );
    expect(() => saveSafetensors({}, { a: 1 } as never)).toThrow(
      'saveSafetensors: metadata "a" is not text: expected a string, got 1',
    );
    expect(() => saveSafetensors({ __metadata__: zeros([]) })).toThrow(
      'saveSafetensors: name of a leaf is reserved: expected any other, got __metadata__',
    );
  });
});

describe('loadSafetensors', () => {
  test('returns every bit, including those of NaN, -0 and the smallest numbers', () => {
    const bits = Uint32Array.of(0x7fc00000, 0xffc12345, 0x80000000, 1, 0x7f800000, 0x3f800001);
    const x = tensor(new Float32Array(bits.buffer), [2, 3]);
    const { params, metadata } = loadSafetensors(saveSafetensors([x], { key: 'ü\n"' }), [zeros([2, 3])]);
    expect(words(params[0])).toEqual(bits);
    expect(params[0].shape).toEqual([2, 3]);
    expect(metadata).toEqual({ key: 'ü\n"' });
  });
  test('returns any tree that was saved', () => {
    const leaf = fc
      .array(fc.nat(3), { maxLength: 3 })
      .map((shape) => random.normal(random.key(shape.length), shape));
    const { tree } = fc.letrec<{ tree: object }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.dictionary(fc.string({ unit: 'binary' }), tie('tree'), { maxKeys: 3 }),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        fc.pre(!('__metadata__' in value));
        const { params } = loadSafetensors(saveSafetensors(value), value);
        expect(params).toEqual(value);
      }),
    );
  });
  test('reads a network back into a template', () => {
    const net = Sequential({ hidden: Dense(3), out: Dense(2) });
    const params = net.init(random.key(0), [1, 4]);
    const back = loadSafetensors(saveSafetensors(params), net.init(random.key(1), [1, 4])).params;
    expect(back.out.kernel.toArray()).toEqual(params.out.kernel.toArray());
  });
  test('reports all differences from the template', () => {
    const bytes = saveSafetensors({ a: zeros([2]), b: zeros([3, 1]), c: zeros([]) });
    expect(() => loadSafetensors(bytes, { a: zeros([2]), b: zeros([3]), d: zeros([1]) })).toThrow(
      new RangeError(
        'loadSafetensors: the file does not fit the template:\n  b has shape [3, 1], expected [3]\n  d is missing\n  c is not expected',
      ),
    );
  });
  test('reads the names of other programs into a template', () => {
    const [weight, bias] = [tensor([[1, 2]]), tensor([3])];
    const bytes = saveSafetensors({
      '0.weight': weight,
      '0.bias': bias,
      '2.weight': mul(weight, 2),
      'fc1.weight': bias,
    });
    const template = {
      0: { weight: zeros([1, 2]), bias: zeros([1]) },
      '2.weight': zeros([1, 2]),
      fc1: { weight: zeros([1]) },
    };
    expect(loadSafetensors(bytes, template).params).toEqual({
      0: { weight, bias },
      '2.weight': tensor([[2, 4]]),
      fc1: { weight: bias },
    });
    const sequential = saveSafetensors({ '0.weight': weight, '2.weight': bias });
    expect(
      loadSafetensors(sequential, [{ weight: zeros([1, 2]) }, null, { weight: zeros([1]) }]).params,
    ).toEqual([{ weight }, null, { weight: bias }]);
    // A tensor is read into one leaf only.
    expect(() =>
      loadSafetensors(saveSafetensors({ 'a.0': bias }), { a: [zeros([1])], 'a.0': zeros([1]) }),
    ).toThrow('a[0] is missing');
  });
  test('reads names in brackets, as earlier versions wrote them', () => {
    const bytes = file(
      { '["a b"].w': entry([1], 0, 4), 'c[0]': entry([1], 4, 8) },
      [0, 0, 128, 63, 0, 0, 0, 64],
    );
    const template = { 'a b': { w: zeros([1]) }, c: [zeros([1])] };
    expect(loadSafetensors(bytes, template).params).toEqual({ 'a b': { w: tensor([1]) }, c: [tensor([2])] });
  });
  test('reads all types whose elements float32 can represent', () => {
    const types: readonly (readonly [string, ArrayBufferView, readonly number[]])[] = [
      ['I8', Int8Array.of(-128, 127), [-128, 127]],
      ['I16', Int16Array.of(-32768, 5), [-32768, 5]],
      ['I32', Int32Array.of(-(2 ** 31), 2 ** 24), [-(2 ** 31), 2 ** 24]],
      ['I64', BigInt64Array.of(-(2n ** 63n), 12345n), [-(2 ** 63), 12345]],
      ['U8', Uint8Array.of(0, 255), [0, 255]],
      ['U16', Uint16Array.of(1, 65535), [1, 65535]],
      ['U32', Uint32Array.of(2 ** 31, 7), [2 ** 31, 7]],
      ['U64', BigUint64Array.of(2n ** 63n, 0n), [2 ** 63, 0]],
      ['BOOL', Uint8Array.of(1, 0), [1, 0]],
      ['F64', Float64Array.of(0.25, NaN), [0.25, NaN]],
      ['F64', Float64Array.of(-0, -Infinity), [-0, -Infinity]],
    ];
    for (const [type, view, expected] of types) {
      const bytes = new Uint8Array(view.buffer);
      const { x } = loadSafetensors(file({ x: entry([2], 0, bytes.length, type) }, bytes)).params;
      expect([...x.data], type).toEqual(expected);
    }
  });
  test.each([
    ['I32', Int32Array.of(1, 2 ** 24 + 1), 16777217],
    ['I64', BigInt64Array.of(1n, 2n ** 62n + 1n), 2n ** 62n + 1n],
    ['U32', Uint32Array.of(0, 2 ** 32 - 1), 2 ** 32 - 1],
    ['U64', BigUint64Array.of(0n, 2n ** 64n - 1n), 2n ** 64n - 1n],
    ['F64', Float64Array.of(0.5, 0.1), 0.1],
    ['F64', Float64Array.of(0.5, 1e300), 1e300],
    ['F64', Float64Array.of(0.5, 1e-300), 1e-300],
    ['BOOL', Uint8Array.of(1, 2), 2],
  ] as const)('rejects elements of type %s that float32 cannot represent', (type, view, value) => {
    const bytes = file({ 'a.x': entry([2], 0, view.byteLength, type) }, new Uint8Array(view.buffer));
    expect(() => loadSafetensors(bytes)).toThrow(
      `loadSafetensors: float32 cannot represent an element of "a.x": expected an exact value, got ${value} at index 1, of type ${type}; to skip the tensor, pass { skip: ["a.x"] }`,
    );
    expect(loadSafetensors(bytes, undefined, { skip: ['a.x'] }).params).toEqual({});
  });
  test('skips tensors of any type', () => {
    const bytes = file(
      { w: entry([1], 0, 4), 'bn.count': entry([], 4, 12, 'I64'), odd: entry([3], 12, 15, 'F8_E4M3') },
      [0, 0, 128, 63, 1, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0],
    );
    const w = tensor([1]);
    expect(loadSafetensors(bytes, undefined, { skip: ['odd', 'bn.count'] }).params).toEqual({ w });
    expect(loadSafetensors(bytes, { w: zeros([1]) }, { skip: (name) => name !== 'w' }).params).toEqual({ w });
    expect(() => loadSafetensors(bytes, undefined, { skip: ['odd'] })).toThrow(
      '"bn.count": expected an exact value, got 4611686018427387905',
    );
    expect(() => loadSafetensors(bytes)).toThrow('element type of "odd" is not supported');
    expect(() => loadSafetensors(bytes, undefined, { skip: [3] as never })).toThrow(
      'loadSafetensors: skip contains a value that is not a name: expected strings, got 3',
    );
  });
  test('reads very long metadata', () => {
    const text = `\\"{:${'ab\\'.repeat(4_000_000)}`;
    expect(loadSafetensors(saveSafetensors({}, { text })).metadata['text']).toBe(text);
  });
  test('reads one tensor into one leaf only', () => {
    const bytes = file({ '["a b"][0]': entry([1], 0, 4), 'a b.0': entry([1], 4, 8) }, new Uint8Array(8));
    expect(() => loadSafetensors(bytes, { 'a b': [zeros([1])] })).toThrow('a b.0 is not expected');
  });
  test('accepts bytes of another realm', () => {
    const bytes = saveSafetensors({ a: tensor([1]) });
    const foreign = runInNewContext('(bytes) => Uint8Array.from(bytes)') as (given: Uint8Array) => Uint8Array;
    expect(foreign(bytes)).not.toBeInstanceOf(Uint8Array);
    expect(loadSafetensors(foreign(bytes)).params).toEqual({ a: tensor([1]) });
  });
  test('reads half precision exactly', () => {
    const header = { half: entry([4], 0, 8, 'F16'), brain: entry([2], 8, 12, 'BF16') };
    const data = new Uint8Array(Uint16Array.of(0x3c01, 0x8001, 0xfc00, 0x7e00, 0x3fc0, 0xff80).buffer);
    const { half, brain } = loadSafetensors(file(header, data)).params;
    expect([...half.data]).toEqual([1 + 2 ** -10, -(2 ** -24), -Infinity, NaN]);
    expect([...brain.data]).toEqual([1.5, -Infinity]);
  });
  test('reads tensors in any order, and bytes at any offset of a buffer', () => {
    const bytes = file(
      { b: entry([1], 4, 8), none: entry([0], 4, 4), a: entry([], 0, 4) },
      [0, 0, 128, 63, 0, 0, 0, 64],
    );
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    const { a, b } = loadSafetensors(moved.subarray(3)).params;
    expect([a.item(), b.item()]).toEqual([1, 2]);
    expect(loadSafetensors(Buffer.from(bytes)).params).toEqual({ a, b, none: zeros([0]) });
  });
  test.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'got 0 bytes of an empty file'],
    [
      'a header that is longer than the file',
      file('{}').fill(255, 0, 8),
      'expected the size of its header in the first 8 bytes, at most 100000000, got 10 bytes',
    ],
    ['a header that is not JSON', file('{"a":'), 'expected a header of JSON in UTF-8'],
    ['a header that is not UTF-8', file('{"x"').fill(255, 9), 'expected a header of JSON in UTF-8'],
    ['a header that is not an object', file([]), 'expected a header that begins with {, got byte 91'],
    ['a space before the header', file(' {}'), 'expected a header that begins with {, got byte 32'],
    [
      'a byte order mark before the header',
      file('\ufeff{}'),
      'expected a header that begins with {, got byte 239',
    ],
    ['an empty header', file(''), 'expected a header that begins with {, got byte none'],
    [
      'two tensors of one name',
      file(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}',
        [0, 0, 0, 0],
      ),
      'the header repeats a key: expected each key once, got "a" twice',
    ],
    [
      'an entry with two types',
      file('{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}', [0, 0, 0, 0]),
      'got "dtype" twice',
    ],
    ['metadata with a key twice', file('{"__metadata__":{"{\\"":"1","{\\"":"2"}}'), 'got "{\\"" twice'],
    [
      'an entry that is not an object',
      file({ a: 1 }),
      'header entry of "a" is not an object: expected { dtype, shape, data_offsets }, got 1',
    ],
    [
      'an unknown type',
      file({ a: entry([], 0, 8, 'C64') }),
      'element type of "a" is not supported: expected one of F32, F16, BF16, F64, I8, I16, I32, I64, U8, U16, U32, U64, BOOL, got "C64"',
    ],
    [
      'no shape',
      file({ a: entry(null, 0, 4) }),
      'shape of "a" is not valid: expected at most 64 integers ≥ 0, got null',
    ],
    [
      'a negative size',
      file({ a: entry([-1], 0, 4) }),
      'shape of "a" is not valid: expected at most 64 integers ≥ 0, got [-1]',
    ],
    [
      'offsets that are not numbers',
      file({ a: entry([], '0', 4) }),
      'data_offsets of "a" are not valid: expected [begin, end] with 0 ≤ begin ≤ end, got ["0",4]',
    ],
    [
      'offsets that run backwards',
      file({ a: entry([1], 4, 0) }),
      'data_offsets of "a" are not valid: expected [begin, end] with 0 ≤ begin ≤ end, got [4,0]',
    ],
    [
      'a shape that is too large for its bytes',
      file({ a: entry([2 ** 40, 2 ** 40], 0, 4) }, [0, 0, 0, 0]),
      'expected 4.835703278458517e+24 bytes, got 4, from 0 to 4',
    ],
    [
      'data that are missing',
      file({ a: entry([2 ** 50], 0, 2 ** 52) }),
      'truncated: expected 4503599627370496 bytes of data, got 0',
    ],
    [
      'data that are too long',
      file({ a: entry([1], 0, 4) }, [0, 0, 0, 0, 0]),
      'too long: expected 4 bytes of data, got 5',
    ],
    [
      'tensors that overlap',
      file({ a: entry([2], 0, 8), b: entry([2], 4, 12) }, new Uint8Array(12)),
      'elements of "b" start inside another tensor: expected offset 8, got 4',
    ],
    [
      'a gap between tensors',
      file({ a: entry([1], 0, 4), b: entry([1], 8, 12) }, new Uint8Array(12)),
      'elements of "b" start after a gap: expected offset 4, got 8',
    ],
    [
      'too many axes',
      file(
        {
          a: entry(
            Array.from({ length: 71 }, () => 1),
            0,
            4,
          ),
        },
        [0, 0, 0, 0],
      ),
      'shape of "a" is not valid',
    ],
    ['metadata that are not strings', file({ __metadata__: { a: 1 } }), 'metadata "a" is not text'],
  ])('rejects %s', (_name, bytes, message) => {
    expect(() => loadSafetensors(bytes)).toThrow(message);
    expect(() => loadSafetensors(bytes)).toThrow(/^loadSafetensors: /);
    expect(() => loadSafetensors(bytes)).toThrow(RangeError);
  });
  test('rejects what is not bytes', () => {
    expect(() => loadSafetensors('model' as never)).toThrow(
      'loadSafetensors: bytes are not those of a file: expected a Uint8Array, such as readFileSync(path), got "model"',
    );
  });
});

describe('names of other libraries', () => {
  const net = Sequential({
    conv: Conv(3, [2, 1]),
    norm: BatchNorm(),
    act: relu,
    flatten: Flatten,
    out: Dense(2),
  });
  const shape = [1, 4, 2, 5];
  const params = net.init(random.key(1), shape);
  const state = net.initState(shape);
  const whole = { ...params, state };

  test('of flax: collections, with dots or slashes', () => {
    for (const separator of ['.', '/']) {
      const named = (collection: string, tree: Readonly<Record<string, object>>): [string, Tensor][] =>
        Object.entries(tree).flatMap(([layer, leaves]) =>
          Object.entries(leaves).map(([leaf, x]): [string, Tensor] => [
            [collection, layer, leaf].join(separator),
            x as Tensor,
          ]),
        );
      const parts = [...named('params', params), ...named('batch_stats', state)];
      const bytes = saveSafetensors(Object.fromEntries(parts));
      expect(loadSafetensors(bytes, whole).params).toEqual(whole);
    }
    const statistics = saveSafetensors({
      'batch_stats.norm.mean': zeros([3]),
      'batch_stats.norm.var': ones([3]),
    });
    expect(loadSafetensors(statistics, state).params).toEqual({ norm: { mean: zeros([3]), var: ones([3]) } });
  });

  test('of PyTorch: kernels are in another order of axes', () => {
    const { conv, norm, out } = params;
    const file = {
      // [output, input, ...window]
      'conv.weight': transpose(conv.kernel, [3, 2, 0, 1]),
      'conv.bias': conv.bias,
      'norm.weight': norm.scale,
      'norm.bias': norm.bias,
      'norm.running_mean': state.norm.mean,
      'norm.running_var': state.norm.var,
      'norm.num_batches_tracked': zeros([]),
      // A linear layer computes x · weightᵀ + bias.
      'out.weight': transpose(out.kernel),
      'out.bias': out.bias,
    };
    expect(loadSafetensors(saveSafetensors(file), whole).params).toEqual(whole);
    const both = { params, state };
    expect(loadSafetensors(saveSafetensors(file), both).params).toEqual(both);
    const embed = Embed(4, 3);
    const table = embed.init(random.key(0), [2]);
    expect(loadSafetensors(saveSafetensors({ weight: table.embedding }), table).params).toEqual(table);
  });

  test('that do not fit are an error that shows the shape here', () => {
    const dense = Dense(2).init(random.key(0), [1, 3]);
    const bytes = saveSafetensors({ weight: zeros([3, 2]), bias: zeros([2]) });
    expect(() => loadSafetensors(bytes, dense)).toThrow(
      'weight has shape [2, 3] in the order of axes here, expected [3, 2]',
    );
  });
});
