/** Writes reports as files: a web page and a picture of the same name. */
import { join } from 'node:path';
import type { Report } from '@mini/plot';
import { isDirectory, prepareFiles, writeFileAtomically } from './files.ts';

/** The files of a report. */
export interface ReportPaths {
  readonly html: string;
  readonly png: string;
}

/**
 * Returns the files for the option --plot, and makes their directory.
 *
 * `path` can end in .html or .png. If it is a directory, the files in it are called `name`.
 */
export const reportPaths = (path: string, name: string): ReportPaths => {
  const inside = /[\\/]$/.test(path) || isDirectory(path);
  const base = inside ? join(path, name) : path.replace(/\.(html|png)$/i, '');
  const paths = { html: `${base}.html`, png: `${base}.png` };
  prepareFiles(`--plot ${path}`, paths.html, paths.png);
  return paths;
};

/** Writes a report as a web page and as a picture, and prints their paths. */
export const writeReport = async (report: Report, paths: ReportPaths): Promise<void> => {
  // Imported here, because they take longer to load than the program takes to start.
  const { renderHtml, renderPng } = await import('@mini/plot');
  writeFileAtomically(paths.html, await renderHtml(report));
  console.log(`plot: ${paths.html}`);
  writeFileAtomically(paths.png, await renderPng(report));
  console.log(`plot: ${paths.png}`);
};
