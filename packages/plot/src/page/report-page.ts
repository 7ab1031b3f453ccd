/** The script of a saved page. It runs in the reader's browser, also offline. */
import { mountChart } from '../chart/mount.ts';
import { CONFUSION_NOTE, cellShade, cellText } from '../confusion.ts';
import type { Confusion, Drawing, Images } from '../drawing.ts';
import type { DrawnReport, Table } from '../report.ts';
import { toRgba, widthOf } from '../pixels.ts';
import { element, header } from './elements.ts';

const CHART_HEIGHT = 320;

const resultList = (results: DrawnReport['results']): HTMLElement =>
  element(
    'dl',
    { className: 'results' },
    ...results.map(([name, value]) =>
      element('div', {}, element('dt', { text: name }), element('dd', { text: value })),
    ),
  );

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

const confusionTable = ({ counts, labels }: Confusion): HTMLElement => {
  const rows = counts.map((row, label) => {
    const total = row.reduce((a, b) => a + b, 0);
    const cells = row.map((count, predicted) => {
      const cell = element('td', { text: cellText(count) });
      const shade = (100 * cellShade(count, total)).toFixed(0);
      const color = predicted === label ? '--right' : '--wrong';
      cell.style.background = `color-mix(in srgb, var(${color}) ${shade}%, transparent)`;
      cell.title = `${count} of ${labels[label]}, recognised as ${labels[predicted]}`;
      return cell;
    });
    return element('tr', {}, header(labels[label], 'row'), ...cells);
  });
  return element(
    'table',
    { className: 'confusion' },
    element('caption', { text: CONFUSION_NOTE }),
    element('thead', {}, element('tr', {}, element('td'), ...labels.map((label) => header(label, 'col')))),
    element('tbody', {}, ...rows),
  );
};

const drawPicture = (images: Images, index: number, description: string): HTMLCanvasElement => {
  const canvas = element('canvas');
  [canvas.width, canvas.height] = [images.columns, images.rows];
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', description);
  const context = canvas.getContext('2d');
  if (context === null) return canvas;
  const data = context.createImageData(canvas.width, canvas.height);
  data.data.set(toRgba(images, index));
  context.putImageData(data, 0, 0);
  return canvas;
};

const imageList = (images: Images): HTMLElement => {
  const list = element(
    'ol',
    { className: 'images' },
    ...images.pictures.map((_, i) => {
      const label = images.labels[i];
      const picture = drawPicture(images, i, label ?? `${images.title} ${i + 1}`);
      return element('li', {}, picture, ...(label === undefined ? [] : [element('span', { text: label })]));
    }),
  );
  const width = widthOf(images);
  list.style.gridTemplateColumns =
    images.perRow === undefined
      ? `repeat(auto-fill, minmax(min(100%, ${width}px), max-content))`
      : `repeat(${images.perRow}, minmax(0, ${width}px))`;
  return list;
};

const show = (drawing: Drawing): HTMLElement => {
  const section = element('section');
  if (drawing.kind === 'chart') mountChart(section, drawing, CHART_HEIGHT);
  else
    section.append(
      element('h3', { text: drawing.title }),
      drawing.kind === 'images' ? imageList(drawing) : confusionTable(drawing),
    );
  return section;
};

const showReport = ({ title, settings, results, drawings, tables }: DrawnReport): void => {
  const charts = element('div', { className: 'charts' });
  document.body.append(
    element(
      'main',
      {},
      ...(title === '' ? [] : [element('h1', { text: title })]),
      ...settings.map((text) => element('p', { text })),
      ...(results.length === 0 ? [] : [resultList(results)]),
      charts,
      ...tables.map((table) =>
        element('section', {}, element('h2', { text: table.title }), figuresTable(table)),
      ),
    ),
  );
  // Charts need the width of their place, so it has to be in the page.
  for (const drawing of drawings) charts.append(show(drawing));
};

showReport(JSON.parse(document.getElementById('report')?.textContent ?? '') as DrawnReport);
