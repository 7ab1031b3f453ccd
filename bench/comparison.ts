/** What has changed since an earlier run, by the rule that a difference smaller than the spread is none. */
import type { Measurement } from './measure.ts';
import type { Machine, RunRecord } from './record.ts';
import { differenceOf, formatFactor, summarize, verdict } from './statistics.ts';
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
  /** Reasons why it means little, in words. */
  readonly doubts: readonly string[];
  readonly changes: readonly Change[];
}

/** The peak varies from run to run on machines that do other things, too; by more than this it is another machine, or one that is much busier. */
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

/** Versions of libraries that took part in both runs. */
const versionDoubts = (before: RunRecord['peers'], now: RunRecord['peers']): string[] =>
  Object.entries(now)
    .filter(([name, version]) => Object.hasOwn(before, name) && before[name] !== version)
    .map(([name, version]) => `${name}: ${before[name]} then, ${version} now`);

const describe = (measurement: Measurement | undefined): string => {
  if (measurement === undefined) return '–';
  const summary = summarize(measurement.samples);
  return `${formatTime(summary.median)} (spread ${formatSpread(summary)})`;
};

/** A contender in both runs. */
interface Pair {
  readonly before: Measurement | undefined;
  readonly now: Measurement;
}

/**
 * By what factor a workload's times moved most among those who are not this library and so did not change: the machine did that, and what is no more than that
 * says nothing of ours.
 */
const driftOf = (pairs: readonly Pair[]): number =>
  Math.max(
    1,
    ...pairs.flatMap(({ before, now }) =>
      before === undefined || isOurs(now.name)
        ? []
        : [differenceOf(summarize(now.samples), summarize(before.samples)).factor],
    ),
  );

const changeOf = ({ before, now }: Pair, drift: number): string => {
  if (before === undefined) return 'new';
  const [time, reference] = [summarize(now.samples), summarize(before.samples)];
  const { kind, factor } = differenceOf(time, reference);
  const isCalled = kind === 'slower' || kind === 'faster';
  return isCalled && isOurs(now.name) && factor <= drift
    ? `no difference (others moved ${formatFactor(drift)}×)`
    : verdict(time, reference);
};

/** Every contender of the run `now`, beside itself in the run before. */
export const compareRuns = (before: RunRecord, now: RunRecord): Comparison => ({
  since: before.date,
  doubts: [...machineDoubts(before.machine, now.machine), ...versionDoubts(before.peers, now.peers)],
  changes: now.workloads.flatMap(({ name: workload, contenders }) => {
    const earlier = before.workloads.find(({ name }) => name === workload)?.contenders ?? [];
    const pairs = contenders.map((now): Pair => ({
      before: earlier.find(({ name }) => name === now.name),
      now,
    }));
    const drift = driftOf(pairs);
    return pairs.map((pair) => ({
      workload,
      contender: pair.now.name,
      before: describe(pair.before),
      now: describe(pair.now),
      verdict: changeOf(pair, drift),
    }));
  }),
});

/** The doubts as one warning; nothing if there are none. */
export const describeDoubts = ({ doubts }: Comparison): string | undefined =>
  doubts.length === 0
    ? undefined
    : `The two runs are not alike, so this comparison means little. ${doubts.join('; ')}.`;

/** Said below every comparison, as the spread within a run does not show what changes between runs. */
export const CAVEAT =
  'What is not @mini did not change: where it moved, the machine did, and changes of @mini that are no larger are not called any.';

/** The comparison for the terminal. */
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
