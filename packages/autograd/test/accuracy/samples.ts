/**
 * Where functions are measured: float32 numbers all over their range, and close together where
 * something happens.
 */

/** As many numbers as are computed at once. */
const BLOCK = 2 ** 16;
const PATTERNS = 2 ** 32;
const INFINITY_BITS = 0x7f800000;

const pattern = new Uint32Array(1);
const number = new Float32Array(pattern.buffer);

/**
 * Every `stride`-th of the 2³² bit patterns, in order: denormal and huge numbers, infinities, NaNs
 * and both zeros' surroundings.
 */
export function* allNumbers(stride: number): Generator<Float32Array> {
  const count = Math.ceil(PATTERNS / stride);
  for (let start = 0; start < count; start += BLOCK) {
    const bits = Uint32Array.from({ length: Math.min(BLOCK, count - start) }, (_, i) => (start + i) * stride);
    yield new Float32Array(bits.buffer);
  }
}

/** The `radius` float32 numbers on either side of each centre, and the same with the other sign. */
export const numbersNear = (centres: readonly number[], radius: number): Float32Array => {
  const bits = centres.flatMap((centre) => {
    number[0] = Math.abs(centre);
    const [middle] = pattern;
    const low = Math.max(0, middle - radius);
    const high = Math.min(INFINITY_BITS, middle + radius);
    return Array.from({ length: high - low + 1 }, (_, i) => low + i);
  });
  return new Float32Array(Uint32Array.from([...bits, ...bits.map((b) => b + 2 ** 31)]).buffer);
};

/** 2/π · 2²⁵⁶, rounded down; the digits of 2/π are those of fdlibm's e_rem_pio2.c. */
const TWO_OVER_PI = 0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561n;
const ONE = 1n << 256n;

const [LEAST_MANTISSA, MANTISSA_END] = [2n ** 23n, 2n ** 24n];
/** Multiples of a good denominator are good, too, but less and less so. */
const MULTIPLES = 8n;

/**
 * The float32 numbers that lie closest to multiples of π/2, for their exponents: hardest for sin,
 * cos and tan. Since m·2ᵉ·2/π is nearly whole for them, m is a small multiple of a denominator of a
 * convergent of the continued fraction of 2ᵉ·2/π (W. Kahan,
 * https://people.eecs.berkeley.edu/~wkahan/testpi/).
 */
export const hardestAngles = (): number[] => {
  const angles: number[] = [];
  for (let exponent = -23n; exponent <= 104n; exponent++) {
    // The fraction of 2ᵉ·2/π, as n/d.
    const scaled = exponent < 0n ? TWO_OVER_PI >> -exponent : TWO_OVER_PI << exponent;
    let [n, d] = [scaled % ONE, ONE];
    let [previous, denominator] = [0n, 1n];
    while (n !== 0n && denominator < MANTISSA_END) {
      for (let m = denominator; m < MANTISSA_END && m <= MULTIPLES * denominator; m += denominator) {
        if (m >= LEAST_MANTISSA) angles.push(Number(m) * 2 ** Number(exponent));
      }
      [previous, denominator] = [denominator, (d / n) * denominator + previous];
      [n, d] = [d % n, n];
    }
  }
  return angles;
};

/**
 * Where elementary functions or their usual computations change: at ends of the range, where pieces
 * meet, where results become 0, 1 or infinite.
 */
export const turningPoints = (): number[] => [
  ...[0, 2 ** -126, 2 ** -24, 2 ** -12, 0.25, 0.5, Math.SQRT1_2, 1, Math.SQRT2, 2, 2.5, 4, 4.2, 6],
  ...[9, 16.6, 17.3, 20, 87.33, 88.72, 103.28, 103.97, 200, 1e5, 2 ** 23, 2 ** 24, 2 ** 63, Infinity],
  ...Array.from({ length: 16 }, (_, k) => ((2 * k + 1) * Math.LN2) / 2),
  ...Array.from({ length: 32 }, (_, k) => ((k + 1) * Math.PI) / 4),
];

/** Each of `a` with each of `b`. */
function* grid(a: Float32Array, b: Float32Array): Generator<[Float32Array, Float32Array]> {
  const rows = Math.max(1, Math.floor(BLOCK / b.length));
  for (let start = 0; start < a.length; start += rows) {
    const part = a.subarray(start, start + rows);
    const size = part.length * b.length;
    yield [
      Float32Array.from({ length: size }, (_, i) => part[Math.floor(i / b.length)]),
      Float32Array.from({ length: size }, (_, i) => b[i % b.length]),
    ];
  }
}

const join = (blocks: Iterable<Float32Array>): Float32Array =>
  Float32Array.from([...blocks].flatMap((block) => [...block]));

/** `count` numbers from `low` to `high`. */
const evenly = (low: number, high: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

/**
 * Pairs of numbers: about 2³² / stride from all over the range, and a quarter as many each where
 * powers are neither 0 nor infinite: of bases and powers of moderate size, of any base with whole
 * powers, and of bases around 1 with large powers.
 */
export function* allPairs(stride: number): Generator<[Float32Array, Float32Array]> {
  const side = Math.ceil(Math.sqrt(PATTERNS / stride));
  // Odd, so that the lowest bits vary, too.
  const all = join(allNumbers(Math.floor(PATTERNS / side) | 1));
  const half = Math.ceil(side / 2);
  yield* grid(all, all);
  yield* grid(
    evenly(-8, 8, half).map((x) => 2 ** x),
    evenly(-40, 40, half),
  );
  yield* grid(
    all.filter((_, i) => i % 4 === 0),
    evenly(-half, half, 2 * half + 1),
  );
  yield* grid(
    numbersNear([1], half / 2).filter((x) => x > 0),
    evenly(-6, 30, half).map((x) => 2 ** x),
  );
}
