/** Opens pages in Chromium. */
import { findBrowser, launchBrowser } from '@mini/tools/browser';

/** Throws an Error if Chromium is not installed. */
export const requireChromium = (): void => {
  if (findBrowser() === undefined) throw new Error('Chromium was not found: install it, or add --no-browser');
};

/** Opens a page. `lines` receives what it prints, and its errors. */
const open = async (address: string) => {
  const browser = await launchBrowser();
  const page = await browser.newPage();
  const lines: string[] = [];
  page.on('console', (message) => lines.push(message.text()));
  page.on('pageerror', (error) => lines.push(String(error)));
  await page.goto(address);
  return { browser, page, lines };
};

/** Returns what a page prints. */
export const printedInChromium = async (address: string): Promise<string> => {
  const { browser, page, lines } = await open(address);
  try {
    await page.waitForLoadState('networkidle');
    return `${lines.join('\n')}\n`;
  } finally {
    await browser.close();
  }
};

/** Waits until a page shows all texts; returns what it shows. It must not print anything. */
export const waitForText = async (address: string, texts: readonly string[]): Promise<string> => {
  const { browser, page, lines } = await open(address);
  try {
    const found = page.waitForFunction(
      (expected) => expected.every((text) => document.body.innerText.includes(text)),
      texts,
    );
    await found.catch((error: unknown) => lines.push(String(error)));
    const shown = (await page.innerText('body')).replaceAll(/\s+/g, ' ');
    if (lines.length > 0)
      throw new Error(`expected only\n${texts.join('\n')}\ngot\n${[shown, ...lines].join('\n')}`);
    return shown;
  } finally {
    await browser.close();
  }
};
