/** Ten bars: how probable the network finds each digit. */
import { formatPercent } from '@mini/tools/format';

export interface Probabilities {
  /** Shows values from 0 to 1 for the digits, or none. */
  show(values: readonly number[] | undefined): void;
}

/** The most probable digit, in words. */
export const verdict = (values: readonly number[]): string => {
  const best = values.indexOf(Math.max(...values));
  return `Looks like a ${best} (${formatPercent(values[best])}).`;
};

export const startProbabilities = (list: HTMLElement): Probabilities => {
  const rows = Array.from({ length: 10 }, (_, digit) => {
    const row = document.createElement('li');
    const name = document.createElement('span');
    name.textContent = String(digit);
    const bar = document.createElement('span');
    bar.className = 'bar';
    const fill = document.createElement('span');
    bar.append(fill);
    const value = document.createElement('span');
    value.className = 'percent';
    row.append(name, bar, value);
    list.append(row);
    return { row, fill, value };
  });
  return {
    show(values) {
      const best = values === undefined ? -1 : values.indexOf(Math.max(...values));
      rows.forEach(({ row, fill, value }, digit) => {
        const probability = values?.[digit] ?? 0;
        row.className = digit === best ? 'best' : '';
        fill.style.width = `${100 * probability}%`;
        value.textContent = values === undefined ? '' : formatPercent(probability);
      });
    },
  };
};
