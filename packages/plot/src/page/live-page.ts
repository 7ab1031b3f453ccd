/** The script of a live plot's page. */
import { mountFigure, type MountedFigure } from '../chart/mount.ts';
import type { LineFigure } from '../figure.ts';
import type { ToPage } from '../live/messages.ts';
import { element } from './elements.ts';

const { title } = JSON.parse(document.getElementById('report')?.textContent ?? '{}') as { title: string };
const status = element('p', { text: 'Waiting for the first values.' });
status.setAttribute('role', 'status');
const charts = element('div', { className: 'charts' });
document.body.append(element('main', {}, element('h1', { text: title }), status, charts));

/** The charts of the page, and the names of what they show. */
let mounted: { readonly names: string; readonly charts: readonly MountedFigure[] } | undefined;

const namesOf = (figures: readonly LineFigure[]): string =>
  JSON.stringify(figures.map(({ title, series }) => [title, ...Object.keys(series)]));

const show = (figures: readonly LineFigure[]): void => {
  const names = namesOf(figures);
  if (mounted?.names === names) {
    mounted.charts.forEach((chart, i) => chart.update(figures[i]));
    return;
  }
  for (const chart of mounted?.charts ?? []) chart.destroy();
  charts.replaceChildren();
  const made = figures.map((figure) => {
    const section = element('section');
    charts.append(section);
    return mountFigure(section, figure, 320);
  });
  mounted = { names, charts: made };
};

const events = new EventSource('/events');
events.addEventListener('message', ({ data }: MessageEvent<string>) => {
  const { figures } = JSON.parse(data) as ToPage;
  if (figures.length === 0) return;
  status.textContent = 'Training.';
  show(figures);
});
events.addEventListener('error', () => {
  status.textContent = 'The program has ended, or does not answer.';
});
