/** Compares a run with an earlier run. A difference smaller than the spread does not count. */
import type { Measurement } from './measure.ts';
import type { Machine, RunRecord } from './record.ts';
import { compareTimes, describeDifference, formatFactor, summarize } from './statistics.ts';
import { alignColumns, formatSpread, formatTime, isOurs } from './table.ts';

export interface Change {
  readonly workload: string;
  readonly contender: string;
  readonly before: string;
  readonly now: string;
  readonly verdict: string;
}

export interface Comparison {
  /** The date of the earlier run. */
  readonly since: string;
  /** Reasons why the comparison is unreliable, in words. */
  readonly doubts: readonly string[];
  readonly changes: readonly Change[];
}

/**
 * The largest ratio of two SIMD peaks that still counts as the same machine in the same state.
 *
 * The peak varies from run to run on a machine with other load.
 */
const PEAK_FACTOR = 1.25;

const machineDoubts = (before: Machine, now: Machine): string[] => {
  const doubts: string[] = [];
  for (const [fact, name] of [
    ['processor', 'processor'],
    ['processors', 'number of processors'],
    ['platform', 'platform'],
    ['node', 'Node'],
  ] as const)
    if (before[fact] !== now[fact]) doubts.push(`${name}: ${before[fact]} then, ${now[fact]} now`);
  if (Math.max(before.peak / now.peak, now.peak / before.peak) > PEAK_FACTOR)
    doubts.push(
      `one core's SIMD peak: ${before.peak.toFixed(1)} GFLOP/s then, ${now.peak.toFixed(1)} GFLOP/s now`,
    );
  return doubts;
};

/** Reports libraries that took part in both runs with different versions. */
const versionDoubts = (before: RunRecord['peers'], now: RunRecord['peers']): string[] =>
  Object.entries(now)
    .filter(([name, version]) => Object.hasOwn(before, name) && before[name] !== version)
    .map(([name, version]) => `${name}: ${before[name]} then, ${version} now`);

const describe = (measurement: Measurement | undefined): string => {
  if (measurement === undefined) return '–';
  const summary = summarize(measurement.samples);
  return `${formatTime(summary.median)} (spread ${formatSpread(summary)})`;
};

/** One contender in both runs. */
interface Pair {
  readonly before: Measurement | undefined;
  readonly now: Measurement;
}

/**
 * Returns the largest factor by which the times of other contenders changed in one workload.
 *
 * Their code is the same in both runs, so the machine caused the change. A change of @mini by this
 * factor or less can have the same cause.
 */
const findDrift = (pairs: readonly Pair[]): number =>
  Math.max(
    1,
    ...pairs.flatMap(({ before, now }) =>
      before === undefined || isOurs(now.name)
        ? []
        : [compareTimes(summarize(now.samples), summarize(before.samples)).factor],
    ),
  );

const describeChange = ({ before, now }: Pair, drift: number): string => {
  if (before === undefined) return 'new';
  const [time, reference] = [summarize(now.samples), summarize(before.samples)];
  const { kind, factor } = compareTimes(time, reference);
  const isCalled = kind === 'slower' || kind === 'faster';
  return isCalled && isOurs(now.name) && factor <= drift
    ? `no difference (others moved ${formatFactor(drift)}×)`
    : describeDifference(time, reference);
};

/** Compares every contender of the run `now` with itself in the run `before`. */
export const compareRuns = (before: RunRecord, now: RunRecord): Comparison => ({
  since: before.date,
  doubts: [...machineDoubts(before.machine, now.machine), ...versionDoubts(before.peers, now.peers)],
  changes: now.workloads.flatMap(({ name: workload, contenders }) => {
    const earlier = before.workloads.find(({ name }) => name === workload)?.contenders ?? [];
    const pairs = contenders.map((now): Pair => ({
      before: earlier.find(({ name }) => name === now.name),
      now,
    }));
    const drift = findDrift(pairs);
    return pairs.map((pair) => ({
      workload,
      contender: pair.now.name,
      before: describe(pair.before),
      now: describe(pair.now),
      verdict: describeChange(pair, drift),
    }));
  }),
});

/** All doubts in one sentence; undefined without doubts. */
export const describeDoubts = ({ doubts }: Comparison): string | undefined =>
  doubts.length === 0
    ? undefined
    : `The two runs differ in other ways, so this comparison is unreliable. ${doubts.join('; ')}.`;

/**
 * Printed below every comparison: the spread within a run does not include changes between runs.
 */
export const CAVEAT =
  'The code of the other contenders did not change. If their times moved, the machine caused it; changes of @mini by no more than that are not reported.';

/** Formats the comparison for the terminal. */
export const formatComparison = (comparison: Comparison): string[] => {
  const lines = [`since ${comparison.since}`];
  const doubts = describeDoubts(comparison);
  if (doubts !== undefined) lines.push(doubts);
  const rows = comparison.changes.map(({ contender, before, now, verdict }) => [
    contender,
    before,
    '→',
    now,
    verdict,
  ]);
  const aligned = alignColumns(rows, ['left', 'right', 'left', 'right', 'left']);
  comparison.changes.forEach(({ workload }, i) => {
    if (i === 0 || comparison.changes[i - 1].workload !== workload) lines.push(workload);
    lines.push(`  ${aligned[i]}`);
  });
  return [...lines, CAVEAT];
};
