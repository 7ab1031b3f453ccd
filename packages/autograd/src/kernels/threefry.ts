/** Threefry-2x32 (https://doi.org/10.1145/2063384.2063405) as WebAssembly kernels. */
import { FunctionBuilder, type Local, doWhile } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import { add, mul, remainderUnsigned } from '../wasm/instructions/i32.ts';
import { type Kernel, type Space, lazy } from './kernel.ts';
import * as f32 from '../wasm/instructions/f32.ts';
import * as i32 from '../wasm/instructions/i32.ts';

/** Assembles a kernel at its first use. */
type Lazy = () => Kernel;

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;
const PARITY = 0x1bd11bda;

/** Encrypts the counter in (x0, x1), in place. `key` is k0, k1 and k0 ^ k1 ^ PARITY. */
const rounds = (key: readonly [Local, Local, Local], x0: Local, x1: Local): Code => {
  const addTo = (x: Local, value: Code): Code => x.set(i32.add(x.get, value));
  return [
    addTo(x0, key[0].get),
    addTo(x1, key[1].get),
    [0, 1, 2, 3, 4].map((round) => [
      ROTATIONS[round % 2].map((rotation) => [
        addTo(x0, x1.get),
        x1.set(i32.xor(i32.rotateLeft(x1.get, i32.const(rotation)), x0.get)),
      ]),
      addTo(x0, key[(round + 1) % 3].get),
      addTo(x1, i32.add(key[(round + 2) % 3].get, i32.const(round + 1))),
    ]),
  ];
};

/**
 * Creates a kernel that encrypts the counters (0, first) … (0, first + count - 1).
 *
 * Its arguments are out, key, first and count. With `isFirstStored`, the third argument is the
 * address of a float32 number that holds `first`. `store` converts each result and stores it; the
 * results are `bytes` apart.
 */
/* @__NO_SIDE_EFFECTS__ */
const threefry = (
  name: string,
  bytes: number,
  store: (out: Local, x0: Local, x1: Local) => Code,
  isFirstStored = false,
): Lazy =>
  lazy(() => {
    const f = new FunctionBuilder();
    const [out, keyAddress, first, count] = f.parameters(4);
    const [k0, k1, k2, x0, x1, end] = f.ints(6);
    const body = [
      k0.set(i32.load(keyAddress.get)),
      k1.set(i32.load(keyAddress.get, 4)),
      k2.set(i32.xor(i32.xor(k0.get, k1.get), i32.const(PARITY))),
      isFirstStored ? first.set(i32.truncateF32(f32.load(first.get))) : [],
      end.set(i32.add(out.get, i32.mul(count.get, i32.const(bytes)))),
      doWhile(
        [
          x0.set(i32.const(0)),
          x1.set(first.get),
          rounds([k0, k1, k2], x0, x1),
          store(out, x0, x1),
          first.set(i32.add(first.get, i32.const(1))),
          out.set(i32.add(out.get, i32.const(bytes))),
        ],
        i32.lessUnsigned(out.get, end.get),
      ),
    ];
    const pointers: Space[] = ['arena', 'arena'];
    return { name, bytes: f.module(body), pointers: isFirstStored ? [...pointers, 'arena'] : pointers };
  });

const storeKey = (out: Local, x0: Local, x1: Local): Code => [
  i32.store(out.get, x0.get),
  i32.store(out.get, x1.get, 4),
];

/** New keys: both words of each result. */
export const keysKernel: Lazy = threefry('keys', 8, storeKey);

/** Like `keysKernel`, but reads the first counter from memory. */
export const foldKernel: Lazy = threefry('fold', 8, storeKey, true);

/** 32 random bits for each counter: the exclusive or of both words. */
export const bitsKernel: Lazy = threefry('bits', 4, (out, x0, x1) =>
  i32.store(out.get, i32.xor(x0.get, x1.get)),
);

/**
 * Multiples of 2⁻²³ in [0, 1).
 *
 * The upper 23 bits become the fraction of a number in [1, 2), from which 1 is subtracted.
 */
export const unitKernel: Lazy = threefry('unit', 4, (out, x0, x1) => [
  i32.store(
    out.get,
    i32.or(i32.shiftRightUnsigned(i32.xor(x0.get, x1.get), i32.const(9)), i32.const(0x3f800000)),
  ),
  f32.store(out.get, f32.add(f32.load(out.get), f32.const(-1))),
]);

/**
 * Integers minimum + offset, with offset < span, from two random words each.
 *
 * Its arguments are out, high, low, minimum, span and count. Products wrap at 32 bits, as in JAX.
 */
export const integersKernel: Lazy = /* @__PURE__ */ lazy(() => {
  const f = new FunctionBuilder();
  const [out, high, low, minimum, span, count] = f.parameters(6);
  const [multiplier, end] = f.ints(2);
  const step = (pointer: Local): Code => pointer.set(add(pointer.get, i32.const(4)));
  const body = [
    multiplier.set(remainderUnsigned(i32.const(65536), span.get)),
    multiplier.set(remainderUnsigned(mul(multiplier.get, multiplier.get), span.get)),
    end.set(add(out.get, mul(count.get, i32.const(4)))),
    doWhile(
      [
        f32.store(
          out.get,
          f32.convertI32(
            add(
              minimum.get,
              remainderUnsigned(
                add(
                  mul(remainderUnsigned(i32.load(high.get), span.get), multiplier.get),
                  remainderUnsigned(i32.load(low.get), span.get),
                ),
                span.get,
              ),
            ),
          ),
        ),
        step(out),
        step(high),
        step(low),
      ],
      i32.lessUnsigned(out.get, end.get),
    ),
  ];
  return { name: 'integers', bytes: f.module(body), pointers: ['arena', 'arena', 'arena'] };
});
