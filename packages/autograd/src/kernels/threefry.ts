/**
 * Threefry-2x32 (https://doi.org/10.1145/2063384.2063405) as WebAssembly kernels.
 *
 * Four counters are encrypted side by side.
 */
import { FunctionBuilder, type Local, doWhile, when } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import { advance, storeRemaining } from '../wasm/pointers.ts';
import { type Kernel, type Space, lazy } from './kernel.ts';
import * as f32 from '../wasm/instructions/f32.ts';
import * as f32x4 from '../wasm/instructions/f32x4.ts';
import * as f64x2 from '../wasm/instructions/f64x2.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as i32x4 from '../wasm/instructions/i32x4.ts';
import * as v128 from '../wasm/instructions/v128.ts';

/** Assembles a kernel at its first use. */
type Lazy = () => Kernel;

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;
const PARITY = 0x1bd11bda;
const LANES: Code = /* @__PURE__ */ i32x4.const(0, 1, 2, 3);

const integers = (value: number): Code => i32x4.const(value, value, value, value);

const rotateLeft = (x: Local, bits: number): Code =>
  v128.or(i32x4.shiftLeft(x.get, i32.const(bits)), i32x4.shiftRightUnsigned(x.get, i32.const(32 - bits)));

/** Encrypts the counters in (x0, x1), in place. `key` is k0, k1 and k0 ^ k1 ^ PARITY. */
const rounds = (key: readonly [Local, Local, Local], x0: Local, x1: Local): Code => {
  const addTo = (x: Local, value: Code): Code => x.set(i32x4.add(x.get, value));
  return [
    addTo(x0, key[0].get),
    addTo(x1, key[1].get),
    [0, 1, 2, 3, 4].map((round) => [
      ROTATIONS[round % 2].map((rotation) => [
        addTo(x0, x1.get),
        x1.set(v128.xor(rotateLeft(x1, rotation), x0.get)),
      ]),
      addTo(x0, key[(round + 1) % 3].get),
      addTo(x1, i32x4.add(key[(round + 2) % 3].get, integers(round + 1))),
    ]),
  ];
};

/** Stores the results of the first `remaining` counters, or of all four. */
type Store = (f: FunctionBuilder, out: Local, x0: Local, x1: Local, remaining: Local) => Code;

/**
 * Creates a kernel that encrypts the counters (0, first) … (0, first + count - 1).
 *
 * Its arguments are out, key, first and count. With `isFirstStored`, the third argument is the
 * address of a float32 number that holds `first`. The results are `bytes` apart.
 */
/* @__NO_SIDE_EFFECTS__ */
const threefry = (name: string, bytes: number, store: Store, isFirstStored = false): Lazy =>
  lazy(() => {
    const f = new FunctionBuilder();
    const [out, keyAddress, first, remaining] = f.parameters(4);
    const [k0, k1, k2, x0, x1] = f.vectors(5);
    const body = [
      k0.set(v128.load32Splat(keyAddress.get)),
      k1.set(v128.load32Splat(keyAddress.get, 4)),
      k2.set(v128.xor(v128.xor(k0.get, k1.get), integers(PARITY))),
      isFirstStored ? first.set(i32.truncateF32(f32.load(first.get))) : [],
      doWhile(
        [
          x0.set(integers(0)),
          x1.set(i32x4.add(i32x4.splat(first.get), LANES)),
          rounds([k0, k1, k2], x0, x1),
          store(f, out, x0, x1, remaining),
          advance(first, i32.const(4)),
          advance(out, i32.const(4 * bytes)),
          advance(remaining, i32.const(-4)),
        ],
        i32.less(i32.const(0), remaining.get),
      ),
    ];
    const pointers: Space[] = ['arena', 'arena'];
    return { name, bytes: f.module(body), pointers: isFirstStored ? [...pointers, 'arena'] : pointers };
  });

/** Stores both words of each result, side by side. */
const storeKeys: Store = (f, out, x0, x1, remaining) => {
  const words = f.int();
  const pairs = f.vector();
  return [
    words.set(i32.mul(remaining.get, i32.const(2))),
    pairs.set(v128.shuffle32(x0.get, x1.get, [0, 4, 1, 5])),
    storeRemaining(out, pairs.get, words),
    pairs.set(v128.shuffle32(x0.get, x1.get, [2, 6, 3, 7])),
    advance(words, i32.const(-4)),
    when(i32.less(i32.const(0), words.get), storeRemaining(out, pairs.get, words, 16)),
  ];
};

/** New keys: both words of each result. */
export const keysKernel: Lazy = threefry('keys', 8, storeKeys);

/** Like `keysKernel`, but reads the first counter from memory. */
export const foldKernel: Lazy = threefry('fold', 8, storeKeys, true);

/** 32 random bits for each counter: the exclusive or of both words. */
export const bitsKernel: Lazy = threefry('bits', 4, (_f, out, x0, x1, remaining) => [
  x0.set(v128.xor(x0.get, x1.get)),
  storeRemaining(out, x0.get, remaining),
]);

/**
 * Multiples of 2⁻²³ in [0, 1).
 *
 * The upper 23 bits become the fraction of a number in [1, 2), from which 1 is subtracted.
 */
export const unitKernel: Lazy = threefry('unit', 4, (_f, out, x0, x1, remaining) => [
  x0.set(i32x4.shiftRightUnsigned(v128.xor(x0.get, x1.get), i32.const(9))),
  x0.set(f32x4.sub(v128.or(x0.get, f32x4.const(1)), f32x4.const(1))),
  storeRemaining(out, x0.get, remaining),
]);

/**
 * Integers minimum + offset, with offset < span, from two random words each.
 *
 * Its arguments are out, high, low, minimum, span and count. Products wrap at 32 bits, as in JAX.
 */
export const integersKernel: Lazy = /* @__PURE__ */ lazy(() => {
  const f = new FunctionBuilder();
  const [out, high, low, minimum, span, remaining] = f.parameters(6);
  const multiplier = f.int();
  const [divisor, inverse, value, other] = f.vectors(4);

  /**
   * x mod span for the lower two of four unsigned integers. Adding ½ keeps the quotient away from
   * integers by ½/span, which is more than it is rounded by.
   */
  const remainderOfTwo = (x: Code): Code => {
    const quotient = f64x2.mul(f64x2.add(f64x2.convertLowU32(x), f64x2.const(0.5)), inverse.get);
    const multiple = f64x2.mul(f64x2.floor(quotient), divisor.get);
    return i32x4.truncateF64Zero(f64x2.sub(f64x2.convertLowU32(x), multiple));
  };
  /** x mod span for the four integers in a variable. */
  const remainder = ({ get }: Local): Code =>
    v128.shuffle32(remainderOfTwo(get), remainderOfTwo(v128.shuffle32(get, get, [2, 3, 2, 3])), [0, 1, 4, 5]);

  const body = [
    multiplier.set(i32.remainderUnsigned(i32.const(65536), span.get)),
    multiplier.set(i32.remainderUnsigned(i32.mul(multiplier.get, multiplier.get), span.get)),
    divisor.set(f64x2.convertLowU32(i32x4.splat(span.get))),
    inverse.set(f64x2.div(f64x2.const(1), divisor.get)),
    doWhile(
      [
        value.set(v128.load(high.get)),
        other.set(v128.load(low.get)),
        value.set(i32x4.add(i32x4.mul(remainder(value), i32x4.splat(multiplier.get)), remainder(other))),
        value.set(f32x4.convertI32(i32x4.add(i32x4.splat(minimum.get), remainder(value)))),
        storeRemaining(out, value.get, remaining),
        [out, high, low].map((pointer) => advance(pointer, i32.const(16))),
        advance(remaining, i32.const(-4)),
      ],
      i32.less(i32.const(0), remaining.get),
    ),
  ];
  return { name: 'integers', bytes: f.module(body), pointers: ['arena', 'arena', 'arena'] };
});
