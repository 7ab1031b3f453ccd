/** Makes a project with `pnpm create:app`, installs it, trains and tests in it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createApp } from './app.ts';
import { check } from './report.ts';
import { run } from './run.ts';
import { packAll } from './tarballs.ts';

/** The most seconds from an empty folder to a plot. */
const LIMIT = 60;

/** Checks the template in a new folder. */
export const checkApp = async (folder: string): Promise<void> => {
  await check(`from nothing to a plot in under ${LIMIT} s`, () => {
    const started = performance.now();
    createApp(folder, packAll);
    // Vite has set NODE_ENV to production for this process.
    run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--include=dev');
    const printed = run(folder, 'npm', 'start');
    const seconds = (performance.now() - started) / 1000;
    if (!existsSync(join(folder, 'spirals.png')) || !/test accuracy (0\.9\d*|1)$/m.test(printed))
      throw new Error(`expected a plot, and an accuracy above 0.9, got\n${printed}`);
    if (seconds > LIMIT) throw new Error(`expected at most ${LIMIT} s, got ${seconds.toFixed(0)} s`);
    return `${seconds.toFixed(0)} s`;
  });
  await check('the test of the template passes', () => {
    run(folder, 'npm', 'test');
    return '';
  });
};
