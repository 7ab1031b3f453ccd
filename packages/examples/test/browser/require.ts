/** Fails if there is no browser: `pnpm test:browser` must not pass by skipping all tests. */
import { BROWSER_PATHS, findBrowser } from '@mini/tools/browser';

if (findBrowser() === undefined) {
  console.error(
    `error: the browser tests need Chromium or Chrome; looked for it at\n  ${BROWSER_PATHS.join('\n  ')}\n` +
      'Install it (on Debian: apt-get install chromium), or set CHROME_PATH to its path.',
  );
  process.exitCode = 1;
}
