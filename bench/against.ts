/** How the present library compares with that of another checkout, which ran in turns with it. */
import { OTHER, PRESENT } from './libraries.ts';
import type { Measurement } from './measure.ts';
import { summarize, verdict } from './statistics.ts';
import { alignColumns } from './table.ts';

/** A line for each mode in which both took part; none if there was no other checkout. */
export const formatAgainst = (measurements: readonly Measurement[]): string[] =>
  alignColumns(
    measurements.flatMap(({ name, samples }) => {
      const mode = name.startsWith(`${PRESENT} `) ? name.slice(PRESENT.length) : undefined;
      if (mode === undefined) return [];
      const counterpart = measurements.find((measurement) => measurement.name === `${OTHER}${mode}`);
      if (counterpart === undefined) return [];
      const [time, reference] = [summarize(samples), summarize(counterpart.samples)];
      const ratio = (time.median / reference.median).toFixed(3);
      return [[name, 'takes', `${ratio}×`, `as long as ${counterpart.name}: ${verdict(time, reference)}`]];
    }),
    ['left', 'left', 'right', 'left'],
  ).map((line) => `  ${line}`);
