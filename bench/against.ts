/** Compares this library with the library of another checkout from the same run. */
import { CURRENT, OTHER } from './libraries.ts';
import type { Measurement } from './measure.ts';
import { describeDifference, summarize } from './statistics.ts';
import { alignColumns } from './table.ts';

/** One line for each mode that both libraries ran; no lines without another checkout. */
export const formatAgainst = (measurements: readonly Measurement[]): string[] =>
  alignColumns(
    measurements.flatMap(({ name, samples }) => {
      const mode = name.startsWith(`${CURRENT} `) ? name.slice(CURRENT.length) : undefined;
      if (mode === undefined) return [];
      const counterpart = measurements.find((measurement) => measurement.name === `${OTHER}${mode}`);
      if (counterpart === undefined) return [];
      const [time, reference] = [summarize(samples), summarize(counterpart.samples)];
      const ratio = (time.median / reference.median).toFixed(3);
      return [
        [
          name,
          'takes',
          `${ratio}×`,
          `as long as ${counterpart.name}: ${describeDifference(time, reference)}`,
        ],
      ];
    }),
    ['left', 'left', 'right', 'left'],
  ).map((line) => `  ${line}`);
