import { expect, test } from 'vitest';
import { formatFarthest } from '../farthest.ts';
import { opWorkloads } from '../ops.ts';
import { opFamilies } from '../op-cases/index.ts';
import { currentLibrary } from '../current.ts';
import { measurement } from './runs.ts';

test('the ops that take the most times the least time come first', () => {
  const results = [
    { name: 'near', contenders: [measurement('@mini jit', [2]), measurement('PyTorch', [1])], leastTime: 1 },
    { name: 'far', contenders: [measurement('@mini eager', [9])], leastTime: 1 },
    { name: 'tiny', contenders: [measurement('@mini jit', [0.001])], leastTime: 1e-6 },
    { name: 'a step', contenders: [measurement('@mini jit', [5])], leastTime: undefined },
  ];
  const lines = formatFarthest(results);
  expect(lines.map((line) => line.trim().split(/  +/))).toEqual([
    ['Farthest from the limit of the machine'],
    ['median', 'the least time', 'PyTorch'],
    ['far', '9.00 ms', '9.0×'],
    ['near', '2.00 ms', '2.0×', '2.0×'],
  ]);
  expect(formatFarthest([results[3]])).toEqual([]);
});

test('ops of each family run, eagerly and compiled, with the same result', () => {
  const limits = { copy: 1e7, peak: 5e7 };
  for (const family of opFamilies)
    for (const workload of opWorkloads(family, ['eager', 'jit']).slice(0, 3)) {
      const contenders = workload.ours(currentLibrary);
      for (const { run } of contenders) run();
      const [first, ...others] = contenders.map(({ result }) => result());
      for (const other of others) expect(other, workload.name).toBe(first);
      expect(workload.leastTime?.(limits), workload.name).toBeGreaterThan(0);
      expect(workload.describe?.(1, limits), workload.name).toMatch(/% of the limit$/);
    }
});
