/** The single ops that are farthest from the limits of the machine. */
import type { Measurement } from './measure.ts';
import { summarize } from './statistics.ts';
import { alignColumns, formatTime } from './table.ts';

/** The measurements of a workload, and the least time that the machine allows. */
export interface Limited {
  readonly name: string;
  readonly contenders: readonly Measurement[];
  readonly leastTime: number | undefined;
}

/** How many ops are listed. */
const SHOWN = 15;
/** Small operands take the time of a call, whatever the op is. */
const SHORTEST = 0.05;

const medianOf = (contenders: readonly Measurement[], ...names: readonly string[]): number | undefined => {
  const found = contenders.find(({ name }) => names.includes(name));
  return found && summarize(found.samples).median;
};

/**
 * Returns lines about the ops that take the most times the least time, compiled if they can be. No
 * lines without such ops.
 */
export const formatFarthest = (results: readonly Limited[]): string[] => {
  const rows = results
    .flatMap(({ name, contenders, leastTime }) => {
      const time = medianOf(contenders, '@mini jit') ?? medianOf(contenders, '@mini eager');
      if (leastTime === undefined || time === undefined || time < SHORTEST) return [];
      const torch = medianOf(contenders, 'PyTorch');
      return [{ name, time, factor: time / leastTime, torch: torch && time / torch }];
    })
    .sort((a, b) => b.factor - a.factor)
    .slice(0, SHOWN);
  if (rows.length === 0) return [];
  const cells = rows.map(({ name, time, factor, torch }) => [
    name,
    formatTime(time),
    `${factor.toFixed(1)}×`,
    torch === undefined ? '' : `${torch.toFixed(1)}×`,
  ]);
  return [
    '\nFarthest from the limit of the machine',
    ...alignColumns(
      [['', 'median', 'the least time', 'PyTorch'], ...cells],
      ['left', 'right', 'right', 'right'],
    ).map((line) => `  ${line}`),
  ];
};
