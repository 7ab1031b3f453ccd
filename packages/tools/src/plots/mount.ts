/** Charts in a web page: they fill their place, follow its size and the reader's colour scheme, and show values where the pointer is. */
import uPlot from 'uplot';
import { type Chart, chartData, chartOptions, preferredTheme, shortNumber } from './chart.ts';

export interface MountedChart {
  /** Shows other data; title, axes and series stay. */
  update(chart: Chart): void;
}

/** What a screen reader says of a chart: the last value of each series, or what each of the things with names has. */
const summary = ({ title, names, x, series }: Chart): string => {
  if (names !== undefined) {
    const things = x.map((place, i) => {
      const values = series
        .filter(({ values }) => values[i] !== null)
        .map(({ label, values }) => `${label} ${shortNumber(values[i])}`);
      return `${names[place]}: ${values.join(', ')}`;
    });
    return `${title}: ${things.join('; ')}`;
  }
  const parts = series.map(({ label, values }) => {
    const last = values.findLast((value) => value !== null);
    return `${label} ${last === undefined ? 'without data' : `ends at ${shortNumber(last)}`}`;
  });
  return `${title}: ${parts.join(', ')}`;
};

/** Draws a chart into `place`, `height` pixels high. */
export const mountChart = (place: HTMLElement, first: Chart, height: number): MountedChart => {
  let chart = first;
  const heading = document.createElement('h3');
  heading.textContent = chart.title;
  const holder = document.createElement('div');
  holder.className = 'chart';
  place.replaceChildren(heading, holder);
  const draw = (): uPlot =>
    new uPlot(
      chartOptions(chart, preferredTheme(), Math.max(160, holder.clientWidth), height),
      chartData(chart),
      holder,
    );
  let plot = draw();
  const describe = (): void => {
    plot.root.setAttribute('role', 'group');
    plot.root.setAttribute('aria-label', summary(chart));
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
