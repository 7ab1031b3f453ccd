/** Reads what a page prints in Chromium. */
import { findBrowser, launchBrowser } from '@mini/tools/browser';

/** Returns what a page prints in Chromium. */
export const printedInChromium = async (address: string): Promise<string> => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const lines: string[] = [];
    page.on('console', (message) => lines.push(message.text()));
    page.on('pageerror', (error) => lines.push(String(error)));
    await page.goto(address);
    await page.waitForLoadState('networkidle');
    return `${lines.join('\n')}\n`;
  } finally {
    await browser.close();
  }
};

/** Throws an Error if Chromium is not installed. */
export const requireChromium = (): void => {
  if (findBrowser() === undefined) throw new Error('Chromium was not found: install it, or add --no-browser');
};
