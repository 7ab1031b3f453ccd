/** Reports as files: a web page and a picture of the same name. */
import { join } from 'node:path';
import { isDirectory, prepareFiles, writeWhole } from '../files.ts';
import type { Report } from './report.ts';

/** Where a report goes. */
export interface ReportPaths {
  readonly html: string;
  readonly png: string;
}

/** The files for the option --plot: `path` with or without .html or .png, or a directory, in which they are called `name`. Makes the directory. */
export const reportPaths = (path: string, name: string): ReportPaths => {
  const inside = /[\\/]$/.test(path) || isDirectory(path);
  const base = inside ? join(path, name) : path.replace(/\.(html|png)$/i, '');
  const paths = { html: `${base}.html`, png: `${base}.png` };
  prepareFiles(`--plot ${path}`, paths.html, paths.png);
  return paths;
};

/** Writes a report as a web page and as a picture, and says where. */
export const writeReport = async (report: Report, paths: ReportPaths): Promise<void> => {
  // Loaded when they are needed: what they stand on takes longer to load than a program to start.
  const [{ renderHtml }, { renderPng }] = await Promise.all([import('./html.ts'), import('./png.ts')]);
  writeWhole(paths.html, await renderHtml(report));
  console.log(`plot: ${paths.html}`);
  writeWhole(paths.png, await renderPng(report));
  console.log(`plot: ${paths.png}`);
};
