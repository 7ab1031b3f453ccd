/** Starts Firefox for the tests that `pnpm test:browser` runs. */
import { fileURLToPath } from 'node:url';
import { findFirefox, type Firefox, launchFirefox } from '@mini/tools/firefox';

/** Where what drives Firefox is installed: under `out`, which git ignores. */
export const PUPPETEER: string = fileURLToPath(new URL('../../../../out/puppeteer', import.meta.url));

const path = process.env['MINI_BROWSER'] === undefined ? undefined : findFirefox();

/** Starts Firefox; undefined if it is not installed, or these are not the tests of browsers. */
export const startFirefox: (() => Promise<Firefox>) | undefined =
  path === undefined ? undefined : () => launchFirefox(path, PUPPETEER);
