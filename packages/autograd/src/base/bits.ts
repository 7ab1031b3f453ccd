/** The bits of float32 numbers. */

/** The elements as integers: not all engines keep each bit of a number that is NaN. */
export const bitsOf = (x: Float32Array): Int32Array => new Int32Array(x.buffer, x.byteOffset, x.length);
