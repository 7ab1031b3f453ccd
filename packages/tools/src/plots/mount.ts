/**
 * Shows charts in a web page.
 *
 * They fill their container, follow its size and the reader's colour scheme, and show the values at
 * the pointer.
 */
import uPlot from 'uplot';
import { type Chart, chartData, chartOptions, formatNumber, preferredTheme } from './chart.ts';

export interface MountedChart {
  /** Shows new data. Title, axes and series stay. */
  update(chart: Chart): void;
}

/**
 * Describes a chart for screen readers: the last value of each series, or all values of categories.
 */
const describeChart = ({ title, categories, x, series }: Chart): string => {
  if (categories !== undefined) {
    const descriptions = x.map((category, i) => {
      const values = series
        .filter(({ values }) => values[i] !== null)
        .map(({ label, values }) => `${label} ${formatNumber(values[i])}`);
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

/** Draws a chart into `container`, `height` pixels high. */
export const mountChart = (container: HTMLElement, first: Chart, height: number): MountedChart => {
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
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    plot.destroy();
    plot = draw();
    describe();
  });
  new ResizeObserver(() => {
    const width = Math.max(160, holder.clientWidth);
    if (width !== plot.width) plot.setSize({ width, height });
  }).observe(holder);
  return {
    update(next) {
      chart = next;
      plot.setData(chartData(chart));
      describe();
    },
  };
};
