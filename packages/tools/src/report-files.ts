/** Writes reports as files: a web page and a picture of the same name. */
import { join } from 'node:path';
import type { Report } from '@mini/plot';
import { isDirectory, prepareFiles, writeFileAtomically } from './files.ts';

/** The files of a report. */
export interface ReportPaths {
  readonly html: string;
  readonly png: string;
}

// Imported late, because it takes longer to load than the program takes to start.
const loadPlot = () => import('@mini/plot');

/**
 * Loads all that draws reports, by drawing one.
 *
 * In a clone, sources are compiled as they are loaded, by a process that Ctrl-C ends as well. So
 * they have to be loaded before the training, which Ctrl-C may end, too.
 */
const loadRenderers = async (): Promise<void> => {
  const { renderHtml, renderPng } = await loadPlot();
  const report: Report = { title: '', figures: [{ x: [0, 1], series: { y: [0, 1] } }] };
  await renderHtml(report);
  await renderPng(report);
};

/**
 * Returns the files for the option --plot, makes their directory, and loads what draws them.
 *
 * `path` can end in .html or .png. If it is a directory, the files in it are called `name`.
 */
export const prepareReport = async (path: string, name: string): Promise<ReportPaths> => {
  const inside = /[\\/]$/.test(path) || isDirectory(path);
  const base = inside ? join(path, name) : path.replace(/\.(html|png)$/i, '');
  const paths = { html: `${base}.html`, png: `${base}.png` };
  prepareFiles(`--plot ${path}`, paths.html, paths.png);
  await loadRenderers();
  return paths;
};

/** Writes a report as a web page and as a picture, and prints their paths. */
export const writeReport = async (report: Report, paths: ReportPaths): Promise<void> => {
  const { renderHtml, renderPng } = await loadPlot();
  writeFileAtomically(paths.html, await renderHtml(report));
  console.log(`plot: ${paths.html}`);
  writeFileAtomically(paths.png, await renderPng(report));
  console.log(`plot: ${paths.png}`);
};
