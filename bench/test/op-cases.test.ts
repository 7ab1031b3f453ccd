import { expect, test } from 'vitest';
import * as autograd from '@mini/autograd';
import { opCases, opFamilies } from '../op-cases/index.ts';
import { NO_OPS, unlisted } from '../op-cases/unlisted.ts';

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
  const others = new Set([...NO_OPS, 'random.key', 'random.keyFromData']);
  expect(ops.filter((name) => !heard.has(name) && !others.has(name))).toEqual([]);
  expect([...others].filter((name) => !ops.includes(name))).toEqual([]);
});

test('an op without a case of its own gets one of large operands', () => {
  const rows = opFamilies.flatMap(opCases).filter(({ name }) => !/^(exp|hypot)\b/.test(name));
  const found = unlisted(rows);
  expect(found.map(({ name, shapes }) => [name, shapes.length])).toEqual([
    ['exp', 1],
    ['hypot', 2],
  ]);
  // Those that really have no case must run, too.
  for (const { name, shapes, run } of [...found, ...unlisted(opFamilies.flatMap(opCases))]) {
    const operands = shapes.map(() => autograd.ones([4, 4]));
    expect(run(autograd, operands, autograd.random.key(0)).shape.length, name).toBeGreaterThan(0);
  }
});
