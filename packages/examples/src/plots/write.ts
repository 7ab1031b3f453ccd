/** Reports as files: a web page and a picture of the same name. */
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Report } from './report.ts';

/** Where a report goes. */
export interface ReportPaths {
  readonly html: string;
  readonly png: string;
}

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/**
 * The files for the option --plot: `path` with or without .html or .png, or a directory, in which they are called `name`. Makes the directory, so that a place
 * that cannot be written to is an error before hours of training and not after them.
 */
export const reportPaths = (path: string, name: string): ReportPaths => {
  try {
    const inside = /[\\/]$/.test(path) || isDirectory(path);
    const base = inside ? join(path, name) : path.replace(/\.(html|png)$/i, '');
    const paths = { html: `${base}.html`, png: `${base}.png` };
    mkdirSync(dirname(base), { recursive: true });
    for (const file of Object.values(paths)) if (isDirectory(file)) throw new Error(`${file} is a directory`);
    return paths;
  } catch (error) {
    throw new Error(`--plot ${path}: ${(error as Error).message}`, { cause: error });
  }
};

/** Writes a file that appears under its name only when it is whole. */
export const writeWhole = (path: string, content: string | Uint8Array): void => {
  const partial = `${path}.${process.pid}.part`;
  try {
    writeFileSync(partial, content);
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
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
