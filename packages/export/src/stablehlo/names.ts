/** What StableHLO calls types and operations. */
import type { BinaryName, CompareName, ElementType, ReduceName, UnaryName, Value } from '../target.ts';

const TYPES: Readonly<Record<ElementType, string>> = {
  float: 'f32',
  index: 'i32',
  word: 'ui32',
  truth: 'i1',
};

export const typeText = ({ shape, type }: Pick<Value, 'shape' | 'type'>): string =>
  `tensor<${[...shape, TYPES[type]].join('x')}>`;

export const UNARY: Readonly<Record<UnaryName, string>> = {
  abs: 'abs',
  ceil: 'ceil',
  cos: 'cosine',
  exp: 'exponential',
  floor: 'floor',
  log: 'log',
  neg: 'negate',
  not: 'not',
  round: 'round_nearest_even',
  sin: 'sine',
  sqrt: 'sqrt',
  tanh: 'tanh',
};

export const BINARY: Readonly<Record<BinaryName, string>> = {
  add: 'add',
  and: 'and',
  div: 'divide',
  fmod: 'remainder',
  max: 'maximum',
  min: 'minimum',
  mul: 'multiply',
  or: 'or',
  pow: 'power',
  sub: 'subtract',
  xor: 'xor',
};

export const COMPARE: Readonly<Record<CompareName, string>> = { equal: 'EQ', less: 'LT', lessEqual: 'LE' };

/** Elementary functions that StableHLO has, and the other targets do not. */
export const ELEMENTARY: Readonly<Record<string, string>> = {
  arctan2: 'atan2',
  cbrt: 'cbrt',
  cos: 'cosine',
  exp: 'exponential',
  expm1: 'exponential_minus_one',
  fmod: 'remainder',
  log: 'log',
  log1p: 'log_plus_one',
  pow: 'power',
  rsqrt: 'rsqrt',
  sigmoid: 'logistic',
  sin: 'sine',
  tanh: 'tanh',
};

export const REDUCE: Readonly<Record<ReduceName, { readonly op: string; readonly initial: number }>> = {
  max: { op: 'maximum', initial: -Infinity },
  min: { op: 'minimum', initial: Infinity },
  prod: { op: 'multiply', initial: 1 },
  sum: { op: 'add', initial: 0 },
};
