/** Finds Firefox, and reads what a page prints in it. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { run } from './run.ts';

/** The paths at which systems keep Firefox; FIREFOX_PATH comes first. */
export const FIREFOX_PATHS: readonly string[] = [
  ...(process.env['FIREFOX_PATH'] === undefined ? [] : [process.env['FIREFOX_PATH']]),
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
  'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
];

/** Returns the path of Firefox, or undefined if there is none. */
export const findFirefox = (): string | undefined => FIREFOX_PATHS.find((path) => existsSync(path));

/** The part of puppeteer-core that is used here. */
interface Puppeteer {
  launch(options: { readonly browser: 'firefox'; readonly executablePath: string }): Promise<{
    newPage(): Promise<{
      on(event: 'console', listener: (message: { text(): string }) => void): void;
      on(event: 'pageerror', listener: (error: unknown) => void): void;
      goto(address: string, options: { readonly waitUntil: 'networkidle0' }): Promise<unknown>;
    }>;
    close(): Promise<void>;
  }>;
}

/**
 * Installs puppeteer-core in a new folder.
 *
 * Only this check needs it: playwright-core starts only a Firefox of its own. Version 25 and later
 * need Node 22.
 */
const installPuppeteer = (folder: string): Puppeteer => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', 'puppeteer-core@24.43.1');
  return createRequire(join(folder, 'package.json'))('puppeteer-core') as Puppeteer;
};

/** Returns what a page prints in Firefox. Installs what it needs in `folder`, which must be new. */
export const printedInFirefox = async (
  address: string,
  executablePath: string,
  folder: string,
): Promise<string> => {
  const browser = await installPuppeteer(folder).launch({ browser: 'firefox', executablePath });
  try {
    const page = await browser.newPage();
    const lines: string[] = [];
    page.on('console', (message) => lines.push(message.text()));
    page.on('pageerror', (error) => lines.push(String(error)));
    await page.goto(address, { waitUntil: 'networkidle0' });
    return `${lines.join('\n')}\n`;
  } finally {
    await browser.close();
  }
};
