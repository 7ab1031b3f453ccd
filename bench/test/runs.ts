/** Invented runs for tests. */
import type { Measurement } from '../measure.ts';
import type { RunRecord } from '../record.ts';

export const measurement = (
  name: string,
  samples: readonly number[],
  isPart: boolean = false,
): Measurement => ({
  name,
  isPart,
  samples,
});

/** A run of one workload. */
export const makeRun = (contenders: readonly Measurement[], changes: Partial<RunRecord> = {}): RunRecord => ({
  format: 'mini-bench',
  version: 1,
  date: '2030-01-02T03:04:05.000Z',
  machine: { node: 'v20.19.0', platform: 'linux x64', processor: 'Test 1', processors: 2, peak: 50 },
  peers: { tfjs: '4.22.0' },
  workloads: [{ name: 'work', contenders }],
  ...changes,
});
