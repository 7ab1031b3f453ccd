/** What ONNX calls types and operations. */
import type { BinaryName, CompareName, ElementType, ReduceName, UnaryName } from '../target.ts';
import type { DataType } from './protobuf.ts';

export const TYPES: Readonly<Record<ElementType, DataType>> = {
  float: 'float',
  index: 'int64',
  // ONNX Runtime cannot add or compare most unsigned integers.
  word: 'int64',
  truth: 'bool',
};

export const UNARY: Readonly<Record<UnaryName, string>> = {
  abs: 'Abs',
  ceil: 'Ceil',
  cos: 'Cos',
  exp: 'Exp',
  floor: 'Floor',
  log: 'Log',
  neg: 'Neg',
  not: 'Not',
  round: 'Round',
  sin: 'Sin',
  sqrt: 'Sqrt',
  tanh: 'Tanh',
};

export const BINARY: Readonly<Record<Exclude<BinaryName, 'xor'>, string>> = {
  add: 'Add',
  and: 'And',
  div: 'Div',
  fmod: 'Mod',
  max: 'Max',
  min: 'Min',
  mul: 'Mul',
  or: 'Or',
  pow: 'Pow',
  sub: 'Sub',
};

/** Elementary functions that ONNX has. `Sigmoid` of ONNX Runtime is not accurate near 0. */
export const ELEMENTARY: Readonly<Record<string, string>> = {
  arccos: 'Acos',
  arccosh: 'Acosh',
  arcsin: 'Asin',
  arcsinh: 'Asinh',
  arctan: 'Atan',
  arctanh: 'Atanh',
  cos: 'Cos',
  cosh: 'Cosh',
  exp: 'Exp',
  fmod: 'Mod',
  log: 'Log',
  pow: 'Pow',
  sin: 'Sin',
  sinh: 'Sinh',
  tan: 'Tan',
  tanh: 'Tanh',
};

export const COMPARE: Readonly<Record<CompareName, string>> = {
  equal: 'Equal',
  less: 'Less',
  lessEqual: 'LessOrEqual',
};

export const REDUCE: Readonly<Record<ReduceName, string>> = {
  max: 'ReduceMax',
  min: 'ReduceMin',
  prod: 'ReduceProd',
  sum: 'ReduceSum',
};
