/**
 * What the library says where WebAssembly is missing or forbidden: its own words first, and what to
 * do.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type * as library from '../../src/index.ts';

/** A fresh copy, which has compiled nothing yet. */
let m: typeof library;
beforeEach(async () => {
  vi.resetModules();
  m = await import('../../src/index.ts');
});
afterEach(() => vi.unstubAllGlobals());

/** One way into each part of the library that compiles kernels. */
const calls = (): Readonly<Record<string, () => unknown>> => ({
  add: () => m.add(1, 2),
  matmul: () => m.matmul(m.eye(3), m.eye(3)),
  sum: () => m.sum(m.eye(3)),
  'random.normal': () => m.random.normal(m.random.key(0)),
  'random.split': () => m.random.split(m.random.key(0)),
  jit: () => m.jit((x: library.Tensor) => x.mul(2).add(1))(m.tensor([1, 2, 3])),
});

const forbid = (error: Error): void => {
  const { Memory, Instance, validate } = WebAssembly;
  function Module(): never {
    throw error;
  }
  vi.stubGlobal('WebAssembly', { Memory, Instance, Module, validate });
};

describe('without WebAssembly', () => {
  test('errors say so', () => {
    vi.stubGlobal('WebAssembly', undefined);
    for (const [name, call] of Object.entries(calls()))
      expect(call).toThrow(new RegExp(`^${name}: WebAssembly is not available`));
  });
  test('tensors can be made and read, and settings say what is missing', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(m.tensor([1, 2]).toArray()).toEqual([1, 2]);
    expect(() => m.configure({ fma: true })).toThrow(
      /^configure: fma is not supported: expected an engine with relaxed SIMD/,
    );
  });
});

describe('where a policy forbids WebAssembly', () => {
  test.each([
    [
      'Chromium',
      new WebAssembly.CompileError(
        "WebAssembly.Module(): Compiling or instantiating WebAssembly module violates the following Content Security policy directive because 'unsafe-eval' is not an allowed source of script",
      ),
    ],
    ['Firefox', new WebAssembly.CompileError('call to WebAssembly.Module() blocked by CSP')],
    [
      'Safari',
      new EvalError(
        "Refused to create a WebAssembly object because 'unsafe-eval' or 'wasm-unsafe-eval' is not an allowed source of script",
      ),
    ],
  ])('errors name the source that is needed, in %s', (_name, error) => {
    forbid(error);
    for (const [name, call] of Object.entries(calls()))
      expect(call).toThrow(
        new RegExp(
          `^${name}: the page's Content-Security-Policy forbids WebAssembly; script-src needs 'wasm-unsafe-eval' .*\\(.*${error.message.slice(0, 20).replaceAll(/[.()]/g, '.')}`,
        ),
      );
  });
  test('it works after the policy was mended', () => {
    forbid(new WebAssembly.CompileError('blocked by CSP'));
    expect(() => m.add(1, 2)).toThrow();
    vi.unstubAllGlobals();
    expect(m.add(1, 2).item()).toBe(3);
  });
});

test('engines without SIMD are named as such', () => {
  forbid(new WebAssembly.CompileError('WebAssembly.Module(): invalid opcode 0xfd'));
  expect(() => m.add(1, 2)).toThrow(
    'add: the engine cannot compile a kernel, perhaps because it has no WebAssembly SIMD (',
  );
});
