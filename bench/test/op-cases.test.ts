import { expect, test } from 'vitest';
import * as autograd from '@mini/autograd';
import { opCases, opFamilies } from '../op-cases/index.ts';

/** What is exported besides ops: transformations, loops, settings, checks, and what makes keys. */
const NO_OPS = [
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
  'random.key',
  'random.keyFromData',
  'remat',
  'scan',
  'stopGradient',
  'valueAndGrad',
  'vjp',
  'vmap',
  'whileLoop',
];

const functionsOf = (module: object, prefix: string): string[] =>
  Object.entries(module).flatMap(([name, value]) => (typeof value === 'function' ? [prefix + name] : []));

const listeners = new WeakSet<object>();

/** Stands for the library and for all values, and notes which functions are called. */
const listen = (name: string, heard: Set<string>): unknown => {
  const listener = new Proxy(() => undefined, {
    get: (_target, property) =>
      property === 'random' || name === 'random.'
        ? listen(`${name}${String(property)}${property === 'random' ? '.' : ''}`, heard)
        : listen(String(property), heard),
    apply: (_target, _this, args: unknown[]) => {
      heard.add(name);
      // The functions that vmap gets draw random numbers, too.
      for (const arg of args)
        if (typeof arg === 'function' && !listeners.has(arg)) arg(listen('value', heard));
      return listen('value', heard);
    },
  });
  listeners.add(listener);
  return listener;
};

test('every public op has a case', () => {
  const heard = new Set<string>();
  for (const family of opFamilies)
    for (const { run } of opCases(family))
      run(listen('', heard) as never, [1, 2, 3].map(() => listen('value', heard)) as never, {} as never);
  const ops = [...functionsOf(autograd, ''), ...functionsOf(autograd.random, 'random.')];
  expect(ops.filter((name) => !heard.has(name) && !NO_OPS.includes(name))).toEqual([]);
  expect(NO_OPS.filter((name) => !ops.includes(name))).toEqual([]);
});
