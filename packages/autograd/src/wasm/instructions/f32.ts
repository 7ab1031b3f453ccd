/** Instructions on single float32 numbers. */
import {
  type Binary,
  type Code,
  type Load,
  type Store,
  type Unary,
  binary,
  bytesOf,
  loadScalar,
  storeScalar,
  unary,
} from './encoding.ts';

const constant = (value: number): Code => [0x43, bytesOf(Float32Array.of(value))];
export const load: Load = loadScalar(0x2a);
export const store: Store = storeScalar(0x38);
export const add: Binary = binary(0x92);
export const convertI32: Unary = unary(0xb2);
export { constant as const };
