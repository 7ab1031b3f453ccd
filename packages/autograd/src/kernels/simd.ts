/** Generates WebAssembly SIMD code for scalar rules: four elements at a time in an f32x4. */
import { type FunctionBuilder, type Local, when } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import type { Algebra } from './algebra.ts';
import type { ElementaryFunction, Keep } from './elementary/function.ts';
import * as f32x4 from '../wasm/instructions/f32x4.ts';
import * as f64x2 from '../wasm/instructions/f64x2.ts';
import * as v128 from '../wasm/instructions/v128.ts';

/**
 * An algebra whose operations append to `statements`.
 *
 * A value or a mask is the code that reads a local variable.
 */
export interface VectorAlgebra extends Algebra<Code, Code> {
  readonly statements: Code;
}

/** Returns a `Keep` that appends to `statements`. */
const makeKeep = (f: FunctionBuilder, statements: Code[]): Keep => {
  const store = (value: Code): Local => {
    const local = f.vector();
    statements.push(local.set(value));
    return local;
  };
  return Object.assign((value: Code) => store(value).get, {
    replace: (mask: Code, values: readonly Code[], rare: (keep: Keep) => readonly Code[]) => {
      const locals = values.map(store);
      const where = store(mask).get;
      const own: Code[] = [];
      const others = rare(makeKeep(f, own));
      const merged = locals.map((local, i) => local.set(v128.select(others[i], local.get, where)));
      statements.push(when(v128.anyTrue(where), [own, merged]));
      return locals.map(({ get }) => get);
    },
  });
};

export const vectorAlgebra = (f: FunctionBuilder): VectorAlgebra => {
  const statements: Code[] = [];
  const keep = makeKeep(f, statements);
  const keeping =
    (op: (...operands: Code[]) => Code) =>
    (...operands: Code[]) =>
      keep(op(...operands));

  /**
   * Applies `code` to the lower two lanes and to the upper two, statement by statement, so that the
   * processor works on both at once. Rounds the results to float32.
   */
  const inDoublePrecision = ({ code }: ElementaryFunction, operands: readonly Code[]): Code => {
    const low = operands.map((x) => keep(f64x2.promoteLowF32(x)));
    const high = operands.map((x) => keep(f64x2.promoteLowF32(v128.shuffle32(x, x, [2, 3, 2, 3]))));
    const [[lower, lowSteps], [upper, highSteps]] = [low, high].map((pair) => {
      const steps: Code[] = [];
      return [f32x4.demoteF64Zero(code(makeKeep(f, steps), ...pair)), steps] as const;
    });
    lowSteps.forEach((step, i) => statements.push(step, highSteps[i]));
    return keep(v128.shuffle32(lower, upper, [0, 1, 4, 5]));
  };

  return {
    statements,
    constant: (value) => f32x4.const(value),
    add: keeping(f32x4.add),
    sub: keeping(f32x4.sub),
    mul: keeping(f32x4.mul),
    div: keeping(f32x4.div),
    neg: keeping(f32x4.neg),
    abs: keeping(f32x4.abs),
    sqrt: keeping(f32x4.sqrt),
    min: keeping(f32x4.min),
    max: keeping(f32x4.max),
    floor: keeping(f32x4.floor),
    ceil: keeping(f32x4.ceil),
    round: keeping(f32x4.nearest),
    elementary: (f, ...operands) =>
      f.isSingle ? keep(f.code(keep, ...operands)) : inDoublePrecision(f, operands),
    equal: keeping(f32x4.equal),
    less: keeping(f32x4.less),
    lessEqual: keeping(f32x4.lessEqual),
    not: keeping(v128.not),
    and: keeping(v128.and),
    select: (mask, a, b) => keep(v128.select(a, b, mask)),
  };
};
