/** The page of `pnpm demo:onnx`. Only `pnpm test:browser` runs it, which installs ONNX Runtime. */
import { findBrowser, launchBrowser } from '@mini/tools/browser';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { violationsOn } from './axe.ts';
import { open, type Site, startBuiltSite } from './site.ts';

const isThorough = process.env['MINI_BROWSER'] !== undefined && findBrowser() !== undefined;

describe.skipIf(!isThorough)('a step in ONNX Runtime beside the library (only in pnpm test:browser)', () => {
  let browser: Browser;
  let withWebGpu: Browser;
  let site: Site;
  const problems: string[] = [];
  beforeAll(async () => {
    [browser, withWebGpu, site] = await Promise.all([
      launchBrowser(),
      launchBrowser({ webGpu: true }),
      startBuiltSite('vite.onnx.config.ts'),
    ]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await withWebGpu?.close();
    await site?.close();
  });
  afterEach(async () => {
    for (const context of [...browser.contexts(), ...withWebGpu.contexts()]) await context.close();
    // Chromium says so where the page asks for WebGPU and there is none.
    const expected = 'warning: No available adapters.';
    expect(problems.splice(0).filter((problem) => problem !== expected)).toEqual([]);
  });

  const isReady = (page: Page): Promise<unknown> =>
    page.waitForFunction(() => !document.querySelector('#run')?.hasAttribute('disabled'), null, {
      timeout: 60_000,
    });
  /** The numbers of an engine's row: steps, loss, milliseconds, difference of losses. */
  const results = async (page: Page, engine: number): Promise<number[]> => {
    const texts = await page.locator(`#engines tr:nth-child(${engine}) td`).allTextContents();
    return texts.map(Number);
  };
  const waitForSteps = (page: Page, engine: number, steps: number): Promise<unknown> =>
    page.waitForFunction(
      ([row, count]) =>
        Number(document.querySelector(`#engines tr:nth-child(${row}) td`)?.textContent) >= count,
      [engine, steps],
      { timeout: 60_000 },
    );

  test('trains to the same losses in every engine', async () => {
    const page = await open(withWebGpu, site.address, problems);
    await isReady(page);
    expect(await page.textContent('#status')).toMatch(/^The step is an ONNX file of 3\.\d kB\.$/);
    expect(await page.locator('#engines th').allTextContents()).toEqual([
      '@mini',
      'ONNX Runtime, WebAssembly',
      'ONNX Runtime, WebGPU',
    ]);
    await page.click('#run');
    await waitForSteps(page, 2, 40);
    await waitForSteps(page, 3, 3);
    await page.click('#run');
    expect(await page.textContent('#run')).toBe('Continue');
    for (const engine of [2, 3]) {
      const [, loss, time, difference] = await results(page, engine);
      expect(loss).toBeLessThan(3);
      expect(time).toBeGreaterThan(0);
      expect(difference).toBeLessThan(1e-4);
    }
    await page.click('#reset');
    await isReady(page);
    expect((await results(page, 1))[0]).toBe(0);
    await page.selectOption('#hidden', '32');
    await isReady(page);
    expect(await page.textContent('#run')).toBe('Train');
  });
  test.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('passes axe in %s colours, at a width of %i', async (colorScheme, width) => {
    const page = await open(browser, site.address, problems, {
      colorScheme,
      viewport: { width, height: 844 },
    });
    await isReady(page);
    await page.click('#run');
    await waitForSteps(page, 1, 10);
    await page.click('#run');
    expect(await violationsOn(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    if (process.env['MINI_PICTURES'] !== undefined)
      await page.screenshot({ path: `${process.env['MINI_PICTURES']}/onnx-${width}.png`, fullPage: true });
  });
});
