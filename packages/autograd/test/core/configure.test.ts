import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { configure, matmul, random } from '../../src/index.ts';
import { hasRelaxedSimd } from '../../src/kernels/matmul.ts';

const program = `
  import { configure, jit, matmul, random } from '${new URL('../../src/index.ts', import.meta.url).href}';
  const [a, b] = [[50, 300], [300, 70]].map((shape, i) => random.normal(random.key(i), shape));
  const plain = matmul(a, b).data;
  configure({ fma: true });
  const fused = matmul(a, b).data;
  const compiled = jit(matmul)(a, b).data;
  configure({ fma: false });
  const again = matmul(a, b).data;
  const difference = Math.max(...plain.map((x, i) => Math.abs(x - fused[i])));
  const same = (x, y) => x.every((v, i) => v === y[i]);
  console.log(JSON.stringify({ difference, compiled: same(fused, compiled), again: same(plain, again) }));
`;

describe('fused multiply-add', () => {
  test('differs in the last bits only, eager and compiled alike, and is off unless asked for', () => {
    const flags = hasRelaxedSimd() ? [] : ['--experimental-wasm-relaxed-simd'];
    const tsx = createRequire(import.meta.url).resolve('tsx');
    const out = execFileSync(
      process.execPath,
      [...flags, '--import', tsx, '--input-type=module', '--eval', program],
      { encoding: 'utf8' },
    );
    const { difference, compiled, again } = JSON.parse(out) as {
      difference: number;
      compiled: boolean;
      again: boolean;
    };
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(1e-4);
    expect([compiled, again]).toEqual([true, true]);
  });
  test.skipIf(hasRelaxedSimd())('is an error where the engine lacks it, and changes nothing', () => {
    const [a, b] = [random.normal(random.key(1), [9, 9]), random.normal(random.key(2), [9, 9])];
    const before = matmul(a, b).data;
    expect(() => configure({ fma: true })).toThrow(
      'configure: fma is not supported: expected an engine with relaxed SIMD; use Node 22 or later',
    );
    expect(matmul(a, b).data).toEqual(before);
  });
});

test('configure refuses what is no setting', () => {
  expect(() => configure({ threads: 2 } as never)).toThrow(
    'configure: unknown setting: expected fma, got "threads"',
  );
  expect(() => configure({ fma: 1 } as never)).toThrow(
    'configure: invalid fma: expected true or false, got 1',
  );
  expect(() => configure(3 as never)).toThrow('configure: invalid settings: expected an object, got 3');
  expect(() => configure({})).not.toThrow();
});
