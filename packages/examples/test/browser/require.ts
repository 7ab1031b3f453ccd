/**
 * Fails if there is no browser: `pnpm test:browser` must not pass by skipping all tests. Installs
 * what drives Firefox.
 */
import { BROWSER_PATHS, findBrowser } from '@mini/tools/browser';
import { findFirefox, installPuppeteer } from '@mini/tools/firefox';
import { PUPPETEER } from './firefox.ts';

if (findBrowser() === undefined) {
  console.error(
    `error: the browser tests need Chromium or Chrome; looked for it at\n  ${BROWSER_PATHS.join('\n  ')}\n` +
      'Install it (on Debian: apt-get install chromium), or set CHROME_PATH to its path.',
  );
  process.exitCode = 1;
}
if (findFirefox() === undefined)
  console.log(
    'Firefox was not found, so its tests are skipped (on Debian: apt-get install firefox-esr, or set FIREFOX_PATH).',
  );
else installPuppeteer(PUPPETEER);
