/** The script of a saved report. It runs in the reader's browser, also offline. */
import { formatPercent } from '../format.ts';
import { mountChart } from './mount.ts';
import type { Mistake, Picture, Report, Table } from './report.ts';

const element = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { text, className }: { text?: string; className?: string } = {},
  ...children: Node[]
): HTMLElementTagNameMap[K] => {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className !== undefined) made.className = className;
  made.append(...children);
  return made;
};

const resultList = (results: Report['results']): HTMLElement =>
  element(
    'dl',
    { className: 'results' },
    ...results.map(([name, value]) =>
      element('div', {}, element('dt', { text: name }), element('dd', { text: value })),
    ),
  );

const header = (text: string, scope: string): HTMLElement => {
  const cell = element('th', { text });
  cell.scope = scope;
  return cell;
};

const figuresTable = ({ columns, rows, note }: Table): HTMLElement =>
  element(
    'table',
    { className: 'figures' },
    ...(note === undefined ? [] : [element('caption', { text: note })]),
    element('thead', {}, element('tr', {}, ...columns.map((column) => header(column, 'col')))),
    element(
      'tbody',
      {},
      ...rows.map(([name, ...cells]) =>
        element('tr', {}, header(name, 'row'), ...cells.map((text) => element('td', { text }))),
      ),
    ),
  );

const confusionTable = (confusion: NonNullable<Report['confusion']>): HTMLElement => {
  const digits = confusion.map((_, digit) => String(digit));
  const rows = confusion.map((counts, label) => {
    const total = counts.reduce((a, b) => a + b, 0);
    const cells = counts.map((count, predicted) => {
      const cell = element('td', { text: count === 0 ? '·' : String(count) });
      // Mistakes are few. Their colour grows with the square root of their share, to be visible.
      const share = Math.sqrt(count / Math.max(1, total)) * 85;
      const color = predicted === label ? '--right' : '--wrong';
      cell.style.background = `color-mix(in srgb, var(${color}) ${share.toFixed(0)}%, transparent)`;
      cell.title = `${count} images of ${label}, recognised as ${predicted}`;
      return cell;
    });
    return element('tr', {}, header(String(label), 'row'), ...cells);
  });
  return element(
    'table',
    { className: 'confusion' },
    element('caption', { text: 'Rows: written digits. Columns: recognised digits.' }),
    element('thead', {}, element('tr', {}, element('td'), ...digits.map((digit) => header(digit, 'col')))),
    element('tbody', {}, ...rows),
  );
};

const drawPicture = ({ pixels, columns }: Picture, description: string): HTMLCanvasElement => {
  const canvas = element('canvas');
  canvas.width = columns;
  canvas.height = pixels.length / columns;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', description);
  const context = canvas.getContext('2d');
  if (context === null) return canvas;
  const image = context.createImageData(canvas.width, canvas.height);
  pixels.forEach((ink, i) => image.data.set([255 - ink, 255 - ink, 255 - ink, 255], 4 * i));
  context.putImageData(image, 0, 0);
  return canvas;
};

const mistakeList = (mistakes: readonly Mistake[]): HTMLElement =>
  element(
    'ol',
    { className: 'mistakes' },
    ...mistakes.map((mistake) => {
      const { label, predicted, probability } = mistake;
      const text = `${label} recognised as ${predicted} (${formatPercent(probability)})`;
      return element('li', {}, drawPicture(mistake, `handwritten ${label}`), element('span', { text }));
    }),
  );

const show = (report: Report): void => {
  const charts = element('div', { className: 'charts' });
  const main = element(
    'main',
    {},
    element('h1', { text: report.title }),
    ...report.settings.map((text) => element('p', { text })),
    resultList(report.results),
    charts,
  );
  document.body.append(main);
  for (const chart of report.charts) {
    const holder = element('section');
    charts.append(holder);
    mountChart(holder, chart, 320);
  }
  const section = (title: string, content: HTMLElement): void =>
    main.append(element('section', {}, element('h2', { text: title }), content));
  for (const picture of report.pictures ?? [])
    section(picture.title, element('div', { className: 'picture' }, drawPicture(picture, picture.title)));
  for (const table of report.tables ?? []) section(table.title, figuresTable(table));
  if (report.confusion !== undefined)
    section('Confusion matrix of the test images', confusionTable(report.confusion));
  if (report.mistakes !== undefined && report.mistakes.length > 0)
    section('The most confident mistakes', mistakeList(report.mistakes));
};

show(JSON.parse(document.getElementById('report')?.textContent ?? '') as Report);
