/** Where the browser for the tests is. */
import { existsSync } from 'node:fs';

/** Places where systems keep Chromium or Chrome; CHROME_PATH comes first. */
export const BROWSER_PLACES: readonly string[] = [
  ...(process.env['CHROME_PATH'] === undefined ? [] : [process.env['CHROME_PATH']]),
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

export const findBrowser = (): string | undefined => BROWSER_PLACES.find((path) => existsSync(path));
