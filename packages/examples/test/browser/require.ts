/** Ends with an error unless there is a browser for the tests: `pnpm test:browser` must not pass by skipping them. */
import { BROWSER_PATHS, findBrowser } from '@mini/tools/browser';

if (findBrowser() === undefined) {
  console.error(
    `error: the tests in a browser need Chromium or Chrome, and there is none at\n  ${BROWSER_PATHS.join('\n  ')}\n` +
      'Install it (on Debian: apt-get install chromium), or set CHROME_PATH to its program.',
  );
  process.exitCode = 1;
}
