/** Serves the page, built or in development, and opens it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { build, createServer, preview } from 'vite';

/** The configuration imports TypeScript from another package, which only this loader compiles. */
const configOf = (name: string) =>
  ({
    configFile: fileURLToPath(new URL(`../../${name}`, import.meta.url)),
    configLoader: 'runner',
  }) as const;

export interface Site {
  readonly address: string;
  close(): Promise<void>;
}

const addressOf = (urls: { readonly local: readonly string[] } | null | undefined): string => {
  const [address] = urls?.local ?? [];
  if (address === undefined) throw new Error('the server has no address');
  return address;
};

const server = { port: 0, host: '127.0.0.1', strictPort: false };

/** Serves the static files of a page; by default those that `pnpm demo:build` builds. */
export const startBuiltSite = async (configFile: string = 'vite.config.ts'): Promise<Site> => {
  const config = configOf(configFile);
  const outDir = mkdtempSync(join(tmpdir(), 'mini-page-'));
  await build({ ...config, logLevel: 'error', build: { outDir, emptyOutDir: true } });
  const running = await preview({ ...config, logLevel: 'warn', build: { outDir }, preview: server });
  return {
    address: addressOf(running.resolvedUrls),
    async close() {
      await running.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
};

/** Serves the page as `pnpm demo` does. */
export const startDevelopmentSite = async (): Promise<Site> => {
  const cacheDir = mkdtempSync(join(tmpdir(), 'mini-vite-'));
  const running = await createServer({ ...configOf('vite.config.ts'), cacheDir, logLevel: 'warn', server });
  await running.listen();
  return {
    address: addressOf(running.resolvedUrls),
    async close() {
      await running.close();
      rmSync(cacheDir, { recursive: true, force: true });
    },
  };
};

/** Opens the page; adds its warnings, its errors and what fails to load to `problems`. */
export const open = async (
  browser: Browser,
  address: string,
  problems: string[],
  options: BrowserContextOptions = {},
): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('requestfailed', (request) => problems.push(`failed to load: ${request.url()}`));
  page.setDefaultTimeout(20_000);
  await page.goto(address);
  return page;
};
