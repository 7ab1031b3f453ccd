/** Says once, before the tests, that some will be skipped. */
import { existsSync } from 'node:fs';

export const FULL_MNIST: string = new URL('../../../../shared/mnist', import.meta.url).pathname;

export const setup = (): void => {
  if (!existsSync(FULL_MNIST))
    console.log('skipped: the 3 tests on full MNIST, whose files are not in ../shared/mnist');
};
