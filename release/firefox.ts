/** Reads what a page prints in Firefox. */
import { installPuppeteer, launchFirefox } from '@mini/tools/firefox';

/** Returns what a page prints in Firefox. Installs what it needs in `folder` if it is not there. */
export const printedInFirefox = async (
  address: string,
  executablePath: string,
  folder: string,
): Promise<string> => {
  installPuppeteer(folder);
  const browser = await launchFirefox(executablePath, folder);
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
