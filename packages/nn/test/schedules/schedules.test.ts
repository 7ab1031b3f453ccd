/** Compares schedules with those of optax, and with values computed by hand. */
import { describe, expect, test } from 'vitest';
import { jit, tensor } from '@mini/autograd';
import * as nn from '../../src/index.ts';
import { distance, hasReference, readRows } from '../reference.ts';

interface Row {
  readonly id: string;
  /** The values at steps 0, 1, 2, … */
  readonly values?: readonly number[];
}

const schedules: Readonly<Record<string, nn.Schedule>> = {
  constant: nn.constantSchedule(0.1),
  linear: nn.linearSchedule(0.1, 0.01, 50, 10),
  exponential: nn.exponentialDecay(0.1, 0.5, 20),
  cosine: nn.cosineDecay(0.1, 80, 0.01),
  warmup_cosine: nn.warmupCosineDecaySchedule({
    initValue: 0,
    peakValue: 0.1,
    warmupSteps: 10,
    decaySteps: 80,
    endValue: 0.001,
  }),
  piecewise_constant: nn.piecewiseConstantSchedule(0.1, { 20: 0.5, 50: 0.1 }),
  polynomial: nn.polynomialSchedule(0.1, 0.01, 2, 50, 10),
  onecycle_cosine: nn.cosineOnecycleSchedule(100, 0.1),
  join: nn.joinSchedules([nn.constantSchedule(0.1), nn.cosineDecay(0.1, 40)], [20]),
};

const at = (schedule: nn.Schedule, ...steps: readonly number[]): number[] =>
  steps.map((step) => Number(schedule(tensor(step)).item().toPrecision(6)));

const rows = readRows<Row>('optax').filter(({ values }) => values !== undefined);

describe.skipIf(!hasReference)('schedules (skipped without ../shared/jax)', () => {
  test('cover all rows of optax', () => {
    const ids = rows.map(({ id }) => id.replace(/^\w+\./, ''));
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.filter((id) => !Object.hasOwn(schedules, id))).toEqual([]);
  });
  test.each(rows.map(({ id, values }) => [id.replace('schedule.', ''), values ?? []] as const))(
    '%s has the values of optax, eager and compiled',
    (id, values) => {
      const schedule = schedules[id];
      const found = values.map((_, step) => schedule(tensor(step)).item());
      const far = distance(found, values);
      expect(far).toBeLessThan(1e-7);
      const compiled = jit(schedule);
      expect(values.map((_, step) => compiled(tensor(step)).item())).toEqual(found);
    },
  );
});

describe('schedules', () => {
  test('exponentialDecay has stairs, a beginning and an end', () => {
    const schedule = nn.exponentialDecay(1, 0.5, 10, { transitionBegin: 5, staircase: true, endValue: 0.2 });
    expect(at(schedule, 0, 5, 14, 15, 24, 25, 100)).toEqual([1, 1, 1, 0.5, 0.5, 0.25, 0.2]);
    expect(at(nn.exponentialDecay(1, 2, 10, { endValue: 3 }), 0, 10, 20)).toEqual([1, 2, 3]);
  });
  test('warmups without steps are left out', () => {
    const options = { initValue: 0, peakValue: 1, warmupSteps: 0 };
    expect(at(nn.warmupCosineDecaySchedule({ ...options, decaySteps: 10 }), 0, 5, 10)).toEqual([
      1,
      0.5,
      expect.closeTo(0, 6),
    ]);
    const exponential = nn.warmupExponentialDecaySchedule({
      ...options,
      warmupSteps: 2,
      transitionSteps: 1,
      decayRate: 0.5,
    });
    expect(at(exponential, 0, 1, 2, 3, 4)).toEqual([0, 0.5, 1, 0.5, 0.25]);
  });
  test('the cosine has a power', () => {
    const schedule = nn.warmupCosineDecaySchedule({
      initValue: 0,
      peakValue: 1,
      warmupSteps: 1,
      decaySteps: 3,
      endValue: 0.5,
      exponent: 2,
    });
    expect(at(schedule, 0, 1, 2, 3)).toEqual([0, 1, 0.5 + 0.5 * 0.25, 0.5]);
  });
  test('linearOnecycleSchedule rises, falls to its start and then to its end', () => {
    const schedule = nn.linearOnecycleSchedule(100, 1, { divFactor: 10, finalDivFactor: 100 });
    expect(at(schedule, 0, 15, 30, 85, 100, 1000)).toEqual([0.1, 0.55, 1, 0.1, 0.001, 0.001]);
  });
  test('one cycle can have phases without a step', () => {
    const options = { divFactor: 10, finalDivFactor: 100 };
    const once = nn.linearOnecycleSchedule(10, 1, { ...options, pctStart: 0.4, pctFinal: 0.4 });
    expect(at(once, 0, 2, 4, 7, 10)).toEqual([0.1, 0.55, 0.1, 0.0505, 0.001]);
    expect(at(nn.linearOnecycleSchedule(1, 1, options), 0, 1)).toEqual([0.1, 0.001]);
    expect(at(nn.cosineOnecycleSchedule(10, 1, { ...options, pctStart: 0 }), 0, 10)).toEqual([1, 0.001]);
    const rising = nn.cosineOnecycleSchedule(10, 1, { ...options, pctStart: 1 });
    expect(at(rising, 0, 5, 10)).toEqual([0.1, 0.55, 0.001]);
    expect(() => nn.linearOnecycleSchedule(10, 1, { pctStart: 0.5, pctFinal: 0.4 })).toThrow(
      'linearOnecycleSchedule: pctFinal is too small: expected at least pctStart, got 0.4 and pctStart 0.5',
    );
  });
  test('sgdrSchedule restarts', () => {
    const cycle = { initValue: 0, peakValue: 1, warmupSteps: 2, decaySteps: 4 };
    const schedule = nn.sgdrSchedule([cycle, { ...cycle, peakValue: 2, decaySteps: 6 }]);
    expect(at(schedule, 0, 1, 2, 3, 4, 5, 6, 8)).toEqual([0, 0.5, 1, 0.5, 0, 1, 2, 1]);
  });
  test('name what is wrong', () => {
    expect(() => nn.joinSchedules([nn.constantSchedule(1)], [3])).toThrow(
      'joinSchedules: wrong number of boundaries: expected one fewer than schedules, got 1 for 1',
    );
    expect(() => nn.piecewiseConstantSchedule(1, { [-3]: 1 })).toThrow(
      'piecewiseConstantSchedule: invalid boundary: expected a step from 0 to 2^24, got "-3"',
    );
    expect(() =>
      nn.warmupCosineDecaySchedule({ initValue: 0, peakValue: 1, warmupSteps: 5, decaySteps: 5 }),
    ).toThrow(
      'warmupCosineDecaySchedule: decaySteps includes the warmup: expected more than warmupSteps, 5, got 5',
    );
  });
});
