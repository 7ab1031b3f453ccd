/** The live page in Firefox: the same bits as in Node. Only `pnpm test:browser` runs it. */
import type { Firefox, FirefoxPage } from '@mini/tools/firefox';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DENOISE_DEFAULTS, trainDenoiser } from '../../src/denoise.ts';
import { startFirefox } from './firefox.ts';
import { trainInNode } from './in-node.ts';
import { type Site, startBuiltSite } from './site.ts';

describe.skipIf(startFirefox === undefined)('the live page in Firefox (only in pnpm test:browser)', () => {
  let browser: Firefox;
  let site: Site;
  const problems: string[] = [];
  beforeAll(async () => {
    if (startFirefox !== undefined) [browser, site] = await Promise.all([startFirefox(), startBuiltSite()]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  afterEach(() => expect(problems.splice(0)).toEqual([]));

  const open = async (address: string, width: number): Promise<FirefoxPage> => {
    const page = await browser.newPage();
    page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.setViewport({ width, height: 844 });
    await page.goto(address);
    return page;
  };
  const waitForText = (page: FirefoxPage, selector: string, text: string): Promise<unknown> =>
    page.waitForFunction(
      (of, expected) => document.querySelector(of)?.textContent === expected,
      { timeout: 60_000 },
      selector,
      text,
    );
  const setValue = (page: FirefoxPage, selector: string, value: string): Promise<void> =>
    page.evaluate(
      (of, text) => {
        const input = document.querySelector(of) as HTMLInputElement;
        input.value = text;
        input.dispatchEvent(new Event('input', { bubbles: true }));
      },
      selector,
      value,
    );
  const exact = (page: FirefoxPage, view: string, name: string): Promise<number> =>
    page.evaluate(
      (selector) => Number(document.querySelector(selector)?.getAttribute('title')),
      `#${view}-results [data-name="${name}"]`,
    );

  test('has the cost of the cosine of Node, to the last bit, on the screen of a phone', async () => {
    const page = await open(site.address, 390);
    await page.click('#cosine-reset');
    for (let i = 0; i < 12; i++) await page.click('#cosine-step');
    await waitForText(page, '#cosine-results [data-name="update"]', '12');
    const states = [...trainDenoiser({ ...DENOISE_DEFAULTS, updates: 12 })];
    expect(await exact(page, 'cosine', 'cost')).toBe(states[11].cost);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.click('#cosine-graph summary');
    await page.waitForFunction(() => document.querySelector('#cosine-graph svg'), { timeout: 20_000 });
  });
  // Once in about a hundred runs, training had not ended after a minute. The cause is not known.
  test(
    'trains on the digits to the loss of Node, to the last bit, and recognises one',
    { retry: 1 },
    async () => {
      const page = await open(`${site.address}#digits`, 1280);
      await page.waitForFunction(() => !document.querySelector('#digits-run')?.hasAttribute('disabled'), {
        timeout: 20_000,
      });
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      await setValue(page, '#digits-settings [name="epochs"]', '1');
      await page.click('#digits-run');
      await waitForText(page, '#digits-run', 'Train more');
      expect(await exact(page, 'digits', 'loss')).toBe(trainInNode({ epochs: 1 }).loss);
      await page.click('#pad-example');
      await page.waitForFunction(
        () => /It is an? \d/.test(document.querySelector('#verdict')?.textContent ?? ''),
        {
          timeout: 20_000,
        },
      );
    },
  );
});
