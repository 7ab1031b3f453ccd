/** Schedules: rates at single steps. */
import { describe, expect, test } from 'vitest';
import { type Tensor, tensor } from '@mini/autograd';
import { constantSchedule, cosineDecay, exponentialDecay, warmup } from '../../src/index.ts';

describe('schedules', () => {
  const at = (schedule: (step: Tensor) => Tensor, step: number): number => schedule(tensor(step)).item();
  test('return the rate at each step', () => {
    expect(at(constantSchedule(0.5), 9)).toBe(0.5);
    expect(at(exponentialDecay(1, 0.5, 10), 20)).toBeCloseTo(0.25, 6);
    expect([0, 5, 10, 20].map((s) => Number(at(cosineDecay(1, 10), s).toFixed(4)))).toEqual([1, 0.5, 0, 0]);
    expect([0, 1, 2, 3].map((s) => at(warmup(constantSchedule(1), 2), s))).toEqual([0, 0.5, 1, 1]);
  });
});
