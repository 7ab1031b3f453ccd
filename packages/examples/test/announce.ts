/** Prints once, before the tests, which ones are skipped. */
import { existsSync } from 'node:fs';
import { findBrowser } from '@mini/tools/browser';

export const FULL_MNIST: string = new URL('../../../../shared/mnist', import.meta.url).pathname;

export const setup = (): void => {
  if (!existsSync(FULL_MNIST))
    console.log('skipped: the 4 tests on full MNIST: its files are not in ../shared/mnist');
  if (findBrowser() === undefined)
    console.log('skipped: the browser tests: Chromium was not found (pnpm test:browser prints where)');
};
