/** Instructions on 32-bit integers, the type of addresses and counts. */
import {
  type Binary,
  type Code,
  type Load,
  type Store,
  binary,
  loadScalar,
  signedLeb,
  storeScalar,
} from './encoding.ts';

const constant = (value: number): Code => [0x41, signedLeb(value)];
export const add: Binary = binary(0x6a);
export const sub: Binary = binary(0x6b);
export const mul: Binary = binary(0x6c);
export const remainderUnsigned: Binary = binary(0x70);
export const and: Binary = binary(0x71);
export const or: Binary = binary(0x72);
export const xor: Binary = binary(0x73);
export const shiftRightUnsigned: Binary = binary(0x76);
export const rotateLeft: Binary = binary(0x77);
export const less: Binary = binary(0x48);
export const lessUnsigned: Binary = binary(0x49);
export const load: Load = loadScalar(0x28);
export const store: Store = storeScalar(0x36);
export { constant as const };
