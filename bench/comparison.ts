/** What has changed since an earlier run, by the rule that a difference smaller than the spread is none. */
import type { Measurement } from './measure.ts';
import type { Machine, RunRecord } from './record.ts';
import { summarize, verdict } from './statistics.ts';
import { alignColumns, formatSpread, formatTime } from './table.ts';

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

const changeOf = (before: Measurement | undefined, now: Measurement): string =>
  before === undefined ? 'new' : verdict(summarize(now.samples), summarize(before.samples));

/** Every contender of the run `now`, beside itself in the run before. */
export const compareRuns = (before: RunRecord, now: RunRecord): Comparison => ({
  since: before.date,
  doubts: [...machineDoubts(before.machine, now.machine), ...versionDoubts(before.peers, now.peers)],
  changes: now.workloads.flatMap(({ name: workload, contenders }) => {
    const earlier = before.workloads.find(({ name }) => name === workload)?.contenders ?? [];
    return contenders.map((measurement) => {
      const same = earlier.find(({ name }) => name === measurement.name);
      return {
        workload,
        contender: measurement.name,
        before: describe(same),
        now: describe(measurement),
        verdict: changeOf(same, measurement),
      };
    });
  }),
});

/** The doubts as one warning; nothing if there are none. */
export const describeDoubts = ({ doubts }: Comparison): string | undefined =>
  doubts.length === 0
    ? undefined
    : `The two runs are not alike, so this comparison means little. ${doubts.join('; ')}.`;

/** Said below every comparison, as the spread within a run does not show what changes between runs. */
export const CAVEAT =
  'How far what did not change (plain loops, other libraries) moved is how far to trust the rest.';

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
