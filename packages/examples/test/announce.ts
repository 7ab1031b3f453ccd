/** Says once, before the tests, that some will be skipped. */
import { existsSync } from 'node:fs';
import { findBrowser } from '@mini/tools/browser';

export const FULL_MNIST: string = new URL('../../../../shared/mnist', import.meta.url).pathname;

export const setup = (): void => {
  if (!existsSync(FULL_MNIST))
    console.log('skipped: the 4 tests on full MNIST, whose files are not in ../shared/mnist');
  if (findBrowser() === undefined)
    console.log(
      'skipped: the tests in a browser, for there is no Chromium (pnpm test:browser says where it was looked for)',
    );
};
