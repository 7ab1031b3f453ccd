/** Makes the report of a run: a chart and a table for each workload. */
import type { BarFigure, Report, Table } from '@mini/plot';
import { CAVEAT, type Comparison, describeDoubts } from './comparison.ts';
import { describeMachine, type RunRecord, type WorkloadRecord } from './record.ts';
import { summarize } from './statistics.ts';
import { isOurs, type Row } from './table.ts';

/** Returns the unit for a workload's times, and the number of units in a millisecond. */
const unitFor = (fastest: number): readonly [unit: string, perMillisecond: number] =>
  fastest >= 1 ? ['ms', 1] : fastest >= 1e-3 ? ['µs', 1e3] : ['ns', 1e6];

/** The times of one workload span several powers of ten, so the axis is logarithmic. */
const makeFigure = ({ name, contenders }: WorkloadRecord): BarFigure => {
  const fastest = Math.min(...contenders.map(({ samples }) => summarize(samples).median));
  const [unit, perMillisecond] = unitFor(fastest);
  const summaries = contenders.map(({ name, samples }) => ({ name, ...summarize(samples) }));
  return {
    title: name,
    yLabel: `${unit}, less is better`,
    log: true,
    bars: Object.fromEntries(
      summaries.map(({ name, median }) => [
        name,
        { [isOurs(name) ? '@mini' : 'others']: median * perMillisecond },
      ]),
    ),
    spreads: Object.fromEntries(
      summaries.map(({ name, lowerQuartile, upperQuartile }) => [
        name,
        [lowerQuartile * perMillisecond, upperQuartile * perMillisecond],
      ]),
    ),
  };
};

const makeTable = (title: string, rows: readonly Row[]): Table => ({
  title,
  columns: ['contender', 'median', '', 'spread', 'ratio', 'verdict'],
  rows: rows.map(({ contender, time, meaning, spread, ratio, verdict }) => [
    contender,
    time,
    meaning,
    spread,
    ratio,
    verdict,
  ]),
});

const comparisonTable = (comparison: Comparison): Table => ({
  title: `Since ${comparison.since}`,
  columns: ['workload', 'contender', 'then', 'now', 'verdict'],
  rows: comparison.changes.map(({ workload, contender, before, now, verdict }) => [
    workload,
    contender,
    before,
    now,
    verdict,
  ]),
  note: [describeDoubts(comparison), CAVEAT].filter((text) => text !== undefined).join(' '),
});

/** A report whose figures show times. */
export interface BenchmarkReport extends Report {
  readonly figures: readonly BarFigure[];
}

/** Makes the report of a run. `rows` has an element for each workload, in the same order. */
export const makeReport = (
  run: RunRecord,
  rows: readonly (readonly Row[])[],
  comparison: Comparison | undefined,
): BenchmarkReport => {
  const peers = Object.entries(run.peers).map(([name, version]) => `${name} ${version}`);
  return {
    title: 'Benchmark of @mini',
    settings: [
      describeMachine(run.machine),
      `Compared with ${[...peers, 'plain loops'].join(', ')}; on one core; ${run.date}.`,
      'Contenders took turns. Bars are medians; lines go from the lower to the upper quartile. The spread is the distance of the quartiles in percent of the median. The ratio is the median divided by our median. Medians that are closer than the quartiles of either contender count as equal.',
    ],
    figures: run.workloads.map(makeFigure),
    tables: [
      ...(comparison === undefined ? [] : [comparisonTable(comparison)]),
      ...run.workloads.map(({ name }, i) => makeTable(name, rows[i])),
    ],
  };
};
