/** Finds and starts the browser for tests and release checks. */
import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';

const { CHROME_PATH } = process.env;

/** CHROME_PATH if it is set, else the paths at which systems keep Chromium or Chrome. */
export const BROWSER_PATHS: readonly string[] =
  CHROME_PATH === undefined || CHROME_PATH === ''
    ? [
        '/usr/bin/chromium',
        '/usr/bin/chromium-browser',
        '/usr/bin/google-chrome',
        '/snap/bin/chromium',
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
        '/Applications/Chromium.app/Contents/MacOS/Chromium',
        'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
      ]
    : [CHROME_PATH];

/** Returns the path of the browser, or undefined if there is none. */
export const findBrowser = (): string | undefined => BROWSER_PATHS.find((path) => existsSync(path));

/** WebGPU without a graphics processor, in software. */
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];

/** Starts the browser without a window, and without WebGPU unless it is asked for. */
export const launchBrowser = async ({
  webGpu = false,
}: { readonly webGpu?: boolean } = {}): Promise<Browser> => {
  // Loaded here, because every test run imports this file to look for a browser.
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: findBrowser() ?? '',
    args: [
      '--no-sandbox',
      ...(webGpu ? WEBGPU : ['--disable-gpu']),
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
};
