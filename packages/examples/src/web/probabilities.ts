/** Ten bars that show how probable each digit is for the network. */
import { formatPercent } from '@mini/tools/format';

const bestOf = (values: readonly number[]): number => values.indexOf(Math.max(...values));

/** Formats a probability. Only what is certain is 0 % or 100 %. */
const formatProbability = (value: number): string => {
  const text = formatPercent(value);
  if (value < 1 && text === '100.0%') return '> 99.9%';
  if (value > 0 && text === '0.0%') return '< 0.1%';
  return text;
};

/** Names a digit: "a 7", "an 8". */
export const withArticle = (digit: number): string => `${digit === 8 ? 'an' : 'a'} ${digit}`;

/** Names the most probable digit in a sentence. */
export const describeBest = (values: readonly number[]): string => {
  const best = bestOf(values);
  return `Looks like ${withArticle(best)} (${formatProbability(values[best])}).`;
};

const span = (className: string, ...content: (Node | string)[]): HTMLElement => {
  const element = document.createElement('span');
  element.className = className;
  element.append(...content);
  return element;
};

/** A row of the list: the digit, its bar and its probability. */
class Bar {
  readonly row = document.createElement('li');
  readonly #fill = span('');
  readonly #percent = span('percent');

  constructor(digit: number) {
    this.row.append(span('', String(digit)), span('bar', this.#fill), this.#percent);
  }

  show(probability: number | undefined, isBest: boolean): void {
    this.row.className = isBest ? 'best' : '';
    this.#fill.style.width = `${100 * (probability ?? 0)}%`;
    this.#percent.textContent = probability === undefined ? '' : formatProbability(probability);
  }
}

export class ProbabilityBars {
  readonly #bars = Array.from({ length: 10 }, (_, digit) => new Bar(digit));

  readonly #note: HTMLElement;

  constructor(list: HTMLElement, note: HTMLElement) {
    this.#note = note;
    list.append(...this.#bars.map(({ row }) => row));
  }

  /**
   * Shows a probability from 0 to 1 for each digit; undefined empties the bars. The note says why
   * they do not add up to 1.
   */
  show(values: readonly number[] | undefined): void {
    const sum = values?.reduce((total, value) => total + value, 0) ?? 1;
    this.#note.hidden = Math.abs(sum - 1) < 0.005;
    const best = values && bestOf(values);
    this.#bars.forEach((bar, digit) => bar.show(values?.[digit], digit === best));
  }
}
