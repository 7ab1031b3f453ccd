/** Finds and starts Firefox for tests and release checks. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { FIREFOX_PATH } = process.env;

/** FIREFOX_PATH if it is set, else the paths at which systems keep Firefox. */
export const FIREFOX_PATHS: readonly string[] =
  FIREFOX_PATH === undefined || FIREFOX_PATH === ''
    ? [
        '/usr/bin/firefox-esr',
        '/usr/bin/firefox',
        '/Applications/Firefox.app/Contents/MacOS/firefox',
        'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
      ]
    : [FIREFOX_PATH];

/** Returns the path of Firefox, or undefined if there is none. */
export const findFirefox = (): string | undefined => FIREFOX_PATHS.find((path) => existsSync(path));

/** The part of a page of puppeteer-core that is used here. */
export interface FirefoxPage {
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void;
  on(event: 'pageerror', listener: (error: unknown) => void): void;
  setViewport(size: { readonly width: number; readonly height: number }): Promise<void>;
  goto(address: string, options?: { readonly waitUntil: 'networkidle0' }): Promise<unknown>;
  waitForFunction<A extends unknown[]>(
    f: (...args: A) => unknown,
    options: { readonly timeout: number },
    ...args: A
  ): Promise<unknown>;
  evaluate<A extends unknown[], R>(f: (...args: A) => R, ...args: A): Promise<Awaited<R>>;
  click(selector: string): Promise<void>;
  title(): Promise<string>;
  close(): Promise<void>;
  screenshot(options: { readonly path: string; readonly fullPage: boolean }): Promise<unknown>;
}

export interface Firefox {
  newPage(): Promise<FirefoxPage>;
  close(): Promise<void>;
}

interface Puppeteer {
  launch(options: { readonly browser: 'firefox'; readonly executablePath: string }): Promise<Firefox>;
}

const PACKAGE = 'puppeteer-core';
/** Version 25 and later need Node 22. */
const VERSION = '24.43.1';

/**
 * Installs what drives Firefox in a folder, unless it is there.
 *
 * It is not a dependency, since few checks need it: playwright-core starts only a Firefox of its
 * own.
 */
export const installPuppeteer = (folder: string): void => {
  if (existsSync(join(folder, 'node_modules', PACKAGE))) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const install = ['install', '--no-audit', '--no-fund', `${PACKAGE}@${VERSION}`];
  execFileSync('npm', install, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
};

/** Starts Firefox without a window, through what `installPuppeteer` has installed in a folder. */
export const launchFirefox = async (executablePath: string, folder: string): Promise<Firefox> => {
  const puppeteer = createRequire(join(folder, 'package.json'))(PACKAGE) as Puppeteer;
  return puppeteer.launch({ browser: 'firefox', executablePath });
};
