/** Draws charts into a web page: in saved reports, live plots and pages of one's own. */
import uPlot from 'uplot';
import { describe, rangeError, typeError } from '@mini/autograd/check';
import type { Chart } from '../drawing.ts';
import type { BarFigure, LineFigure } from '../figure.ts';
import { toDrawing } from '../to-drawing.ts';
import { formatNumber } from './numbers.ts';
import { chartData, chartOptions } from './options.ts';
import { preferredTheme } from './theme.ts';

/** A figure in a page. */
export interface MountedFigure<F = LineFigure | BarFigure> {
  /** Shows new data. Title, axes and series stay. */
  update(figure: F): void;
  /** Removes the figure and its event listeners. */
  destroy(): void;
}

/**
 * Describes a chart for screen readers: the last value of each series, or all values of categories.
 */
const describeChart = ({ title, categories, x, series }: Chart): string => {
  if (categories !== undefined) {
    const descriptions = x.map((category, i) => {
      const values = series
        .filter(({ values }) => values[i] !== null)
        .map(({ label, values }) => `${label} ${formatNumber(values[i])}`.trim());
      return `${categories[category]}: ${values.join(', ')}`;
    });
    return `${title}: ${descriptions.join('; ')}`;
  }
  const parts = series.map(({ label, values }) => {
    const last = values.findLast((value) => value !== null);
    return `${label} ${last === undefined ? 'without data' : `ends at ${formatNumber(last)}`}`;
  });
  return `${title}: ${parts.join(', ')}`;
};

/** The names of the series of a chart, as an array of JSON. */
const namesOf = ({ series }: Chart): string => JSON.stringify(series.map(({ label }) => label));

/** Draws a chart into `container`, `height` pixels high. */
export const mountChart = (container: HTMLElement, first: Chart, height: number): MountedFigure<Chart> => {
  let chart = first;
  const heading = document.createElement('h3');
  heading.textContent = chart.title;
  const holder = document.createElement('div');
  holder.className = 'chart';
  container.replaceChildren(heading, holder);
  const draw = (): uPlot =>
    new uPlot(
      chartOptions(chart, preferredTheme(), Math.max(160, holder.clientWidth), height),
      chartData(chart),
      holder,
    );
  let plot = draw();
  const describe = (): void => {
    plot.root.setAttribute('role', 'group');
    plot.root.setAttribute('aria-label', describeChart(chart));
    plot.root.dataset['points'] = String(chart.x.length);
  };
  describe();
  const colors = matchMedia('(prefers-color-scheme: dark)');
  const redraw = (): void => {
    plot.destroy();
    plot = draw();
    describe();
  };
  colors.addEventListener('change', redraw);
  const sizes = new ResizeObserver(() => {
    const width = Math.max(160, holder.clientWidth);
    if (width !== plot.width) plot.setSize({ width, height });
  });
  sizes.observe(holder);
  return {
    update(next) {
      chart = next;
      plot.setData(chartData(chart));
      describe();
    },
    destroy() {
      colors.removeEventListener('change', redraw);
      sizes.disconnect();
      plot.destroy();
      container.replaceChildren();
    },
  };
};

/**
 * Draws lines or bars into an element of a web page.
 *
 * The figure fills the width of `container`, and is `height` pixels high. It follows changes of the
 * width and the reader's colour scheme, and shows the values at the pointer. The page needs
 * `@mini/plot/style.css`.
 *
 * Throws a TypeError or RangeError for a figure that `plot` would not take, for pictures and
 * confusion matrices, and if `update` gets other series.
 *
 * @example
 * import { mountFigure } from '@mini/plot/browser';
 *
 * const losses = new Curve();
 * const figure = () => ({ x: losses.x, series: { loss: losses.y } });
 * const show = (element: HTMLElement) => {
 *   const mounted = mountFigure(element, figure());
 *   // After each step of a training:
 *   losses.push(losses.x.length, 0.5);
 *   mounted.update(figure());
 * };
 * console.log(typeof show); // → function
 */
export function mountFigure(
  container: HTMLElement,
  figure: LineFigure | BarFigure,
  height: number = 300,
): MountedFigure {
  const op = 'mountFigure';
  const toChart = (next: LineFigure | BarFigure): Chart => {
    const drawing = toDrawing(op, next);
    if (drawing.kind !== 'chart')
      throw typeError(op, `figure has no axes: expected one with series or bars, got ${drawing.kind}`);
    return drawing;
  };
  if (typeof (container as Partial<HTMLElement> | null)?.replaceChildren !== 'function')
    throw typeError(op, `invalid container: expected an element of the page, got ${describe(container)}`);
  const first = toChart(figure);
  const names = namesOf(first);
  const mounted = mountChart(container, first, height);
  return {
    ...mounted,
    update(next) {
      const chart = toChart(next);
      if (namesOf(chart) !== names)
        throw rangeError(
          `${op}.update`,
          `other series: expected ${names}, as at first, got ${namesOf(chart)}; to show others, call destroy and mountFigure`,
        );
      mounted.update(chart);
    },
  };
}
