/** Ops that no other file here lists, such as new ones: timed on large operands. */
import * as autograd from '@mini/autograd';
import type { Tensor } from '@mini/autograd';
import { LARGE, type OpCase, POSITIVE } from './case.ts';

/** What is exported besides ops: transformations, loops, settings and checks. */
export const NO_OPS: readonly string[] = [
  'NonFiniteError',
  'checkGrads',
  'cond',
  'configure',
  'customVjp',
  'debugKeys',
  'debugNaNs',
  'foriLoop',
  'grad',
  'hessian',
  'hvp',
  'isTensor',
  'jacobian',
  'jit',
  'jvp',
  'remat',
  'scan',
  'stopGradient',
  'valueAndGrad',
  'vjp',
  'vmap',
  'whileLoop',
];

type Op = (...operands: readonly Tensor[]) => Tensor;

/** Returns a case for each op that none of `cases` is named after. */
export const unlisted = (cases: readonly OpCase[]): OpCase[] => {
  const listed = new Set([...NO_OPS, ...cases.map(({ name }) => name.split(/[ ,]/)[0])]);
  return Object.entries(autograd).flatMap(([name, op]): OpCase[] =>
    typeof op !== 'function' || listed.has(name)
      ? []
      : [
          {
            name,
            python: name,
            shapes: new Array<readonly number[]>(op.length).fill(LARGE),
            range: POSITIVE,
            run: (m, operands) => (m[name as keyof typeof m] as Op)(...operands),
          },
        ],
  );
};
