/** plot: draws figures into a file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { asOp, checkObject, describe, rangeError, typeError } from '@mini/autograd/check';
import { drawReport } from './draw-report.ts';
import type { Figure } from './figure.ts';
import type { DrawnReport, Report } from './report.ts';

/** The renderers are loaded when they are used: they take longer to load than most programs. */
const toHtml = async (report: DrawnReport): Promise<string> =>
  (await import('./page/html.ts')).renderPage(report);
const toPng = async (report: DrawnReport): Promise<Uint8Array> =>
  (await import('./png/png.ts')).drawPng(report);

/**
 * Returns a report as a web page in one file, with everything that it needs.
 *
 * Throws a TypeError or RangeError if a figure is invalid.
 *
 * @example
 * const figures = [{ x: [1, 2, 3], series: { loss: [0.9, 0.5, 0.3] } }];
 * const page = await renderHtml({ title: 'A training', results: [['accuracy', '0.95']], figures });
 * writeFileSync('training.html', page);
 * console.log(page.includes('A training')); // → true
 */
export async function renderHtml(report: Report): Promise<string> {
  return toHtml(drawReport('renderHtml', report));
}

/**
 * Returns a report as the bytes of a PNG, 2000 pixels wide.
 *
 * Throws a TypeError or RangeError if a figure is invalid.
 *
 * @example
 * const bars = { lion: 0.9, tiger: 0.1 };
 * const picture = await renderPng({ title: 'An image', figures: [{ bars }] });
 * writeFileSync('image.png', picture);
 * console.log(picture.length > 1000); // → true
 */
export async function renderPng(report: Report): Promise<Uint8Array> {
  return toPng(drawReport('renderPng', report));
}

/** Returns the kind of file for a path: its ending. */
const endingOf = (path: unknown): '.png' | '.html' => {
  if (typeof path !== 'string')
    throw typeError(
      'plot',
      `path is not a string: expected one that ends in .png or .html, got ${describe(path)}; write plot(figure, path)`,
    );
  const ending = extname(path).toLowerCase();
  if (ending !== '.png' && ending !== '.html')
    throw rangeError(
      'plot',
      `unknown kind of file: expected a path that ends in .png or .html, got ${describe(path)}`,
    );
  return ending;
};

/** Writes a file; makes its folder if only that is missing. */
const write = (path: string, content: string | Uint8Array): void => {
  try {
    mkdirSync(dirname(path));
  } catch {
    // It exists, or writing the file says what is wrong.
  }
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new Error(`plot: ${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
};

/**
 * Draws a figure, or several below each other, into a file: a picture (`.png`), or a web page
 * (`.html`) that shows the values at the pointer.
 *
 * The properties of a figure say what it is. Lines and points have `series`, bars have `bars`,
 * pictures `images`, and a confusion matrix `confusion`. Values are a tensor of one axis, a typed
 * array or an array. NaN, infinities and null are gaps.
 *
 * No browser is needed. The folder of the file is made if its own folder exists.
 *
 * Rejects with a TypeError or RangeError if a figure is invalid, and with an Error that names the
 * path if the file cannot be written.
 *
 * @example
 * const x = linspace(-3 * Math.PI, 3 * Math.PI, 200);
 * const noisy = cos(x).add(random.normal(random.key(0), [200]));
 * const series = { noisy: { values: noisy, color: 'grey' }, clean: cos(x) } as const;
 * await plot({ x, series, title: 'A cosine', xLabel: 'time', xTicks: 'pi' }, 'cosine.png');
 * console.log(readFileSync('cosine.png').subarray(1, 4).toString()); // → PNG
 *
 * @example
 * // Several figures in one page.
 * await plot(
 *   [
 *     { bars: { setosa: 1, versicolor: 0.93, virginica: 0.97 }, title: 'Accuracy by species' },
 *     { confusion: [[16, 1], [2, 14]], labels: ['setosa', 'versicolor'] },
 *     { images: random.uniform(random.key(0), [12, 28, 28]), title: 'Noise' },
 *   ],
 *   'iris.html',
 * );
 */
export async function plot(figures: Figure | readonly Figure[], path: string): Promise<void> {
  const ending = endingOf(path);
  const list = Array.isArray(figures) ? (figures as readonly Figure[]) : [figures as Figure];
  checkObject('plot', 'figure', figures);
  if (list.length === 0) throw rangeError('plot', 'no figures: expected at least one, got []');
  const report = asOp('plot', () => drawReport('plot', { figures: list }));
  const title = report.drawings.map(({ title }) => title).find((text) => text !== '') ?? '';
  if (ending === '.png') write(path, await toPng(report));
  else write(path, await toHtml({ ...report, title: list.length === 1 ? '' : title }));
}
