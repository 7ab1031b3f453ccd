/** The kernels for random bits: Threefry-2x32 in operations on words. */
import { sizeOf } from '@mini/autograd/check';
import type { BitsLoop } from '@mini/autograd/graph';
import { matrices } from './arrays.ts';
import type { Shape, Target, Value } from './target.ts';

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;
const PARITY = 0x1bd11bda;

/** Encrypts the counters (0, counter) with keys [keys, 2]. Returns both words, [keys, counters]. */
const threefry = (target: Target, keys: Value, counter: Value): readonly [Value, Value] => {
  const add = (a: Value, b: Value): Value => target.binary('add', a, b);
  const xor = (a: Value, b: Value): Value => target.binary('xor', a, b);
  const word = (value: number): Value => target.constant('word', [], [value]);
  const column = (index: number): Value =>
    target.slice(keys, [
      { start: 0, end: keys.shape[0], step: 1 },
      { start: index, end: index + 1, step: 1 },
    ]);
  const [k0, k1] = [column(0), column(1)];
  const schedule = [k0, k1, xor(xor(k0, k1), word(PARITY))];
  let x0 = add(k0, target.broadcast(word(0), counter.shape));
  let x1 = add(counter, k1);
  for (let round = 0; round < 5; round++) {
    for (const rotation of ROTATIONS[round % 2]) {
      x0 = add(x0, x1);
      x1 = xor(target.rotateLeft(x1, rotation), x0);
    }
    x0 = add(x0, schedule[(round + 1) % 3]);
    x1 = add(x1, add(schedule[(round + 2) % 3], word(round + 1)));
  }
  return [x0, x1];
};

/** Integers minimum + offset, with offset < span, from two random words each. */
const integers = (target: Target, high: Value, low: Value, minimum: number, span: number): Value => {
  const word = (value: number): Value => target.constant('word', [], [value]);
  const wrapped = (value: number): number => value % 2 ** 32;
  const multiplier = wrapped((65536 % span) ** 2) % span;
  const scaled = target.binary('mul', target.remainder(high, span), word(multiplier));
  const sum = target.binary('add', scaled, target.remainder(low, span));
  // float32 holds all results, but not all offsets.
  const offset = target.convert(target.remainder(sum, span), 'index');
  return target.convert(target.binary('add', offset, target.constant('index', [], [minimum])), 'float');
};

/** Computes what a kernel for random bits computes. The result has the given shape. */
export const randomBits = (
  target: Target,
  { kernel, parameters, count, offsets }: BitsLoop,
  inputs: readonly Value[],
  shape: Shape,
): Value => {
  const { name } = kernel();
  const offsetsOf = (input: number): readonly number[] => offsets?.[input + 1] ?? [0];
  if (name === 'integers') {
    const [minimum, span] = parameters;
    const [high, low] = inputs.map((input, i) => matrices(target, input, count, offsetsOf(i)));
    return target.reshape(integers(target, high, low, minimum, span), shape);
  }
  const keys = matrices(target, inputs[0], 2, offsetsOf(0));
  if (name === 'fold') {
    const counter = target.convert(matrices(target, inputs[1], 1, offsetsOf(1)), 'word');
    return target.reshape(target.concatenate(threefry(target, keys, counter), 1), shape);
  }
  const [first] = parameters;
  const counter = target.binary(
    'add',
    target.convert(target.iota([1, count], 1), 'word'),
    target.constant('word', [], [first >>> 0]),
  );
  const [x0, x1] = threefry(target, keys, counter);
  if (name === 'keys') {
    const pairs = [x0, x1].map((x) => target.reshape(x, [sizeOf(x.shape), 1]));
    return target.reshape(target.concatenate(pairs, 1), shape);
  }
  const bits = target.binary('xor', x0, x1);
  if (name === 'bits') return target.reshape(bits, shape);
  // Multiples of 2⁻²³ in [0, 1).
  const fraction = target.convert(target.shiftRight(bits, 9), 'float');
  return target.reshape(target.binary('mul', fraction, target.constant('float', [], [2 ** -23])), shape);
};
