/** Checks that mnist.js prints the same bits wherever it runs. */
import { join } from 'node:path';
import { findFirefox, FIREFOX_PATHS } from '@mini/tools/firefox';
import { serveBundle } from './bundle.ts';
import { printedInChromium, requireChromium } from './chromium.ts';
import { printedInFirefox } from './firefox.ts';
import { check, expectSame, skip } from './report.ts';
import { runPackage } from './run.ts';
import { BUN, DENO } from './versions.ts';

/** Compares runtimes with each other; returns what the first of them prints. */
const checkRuntimes = async (project: string, node: readonly string[]): Promise<string> => {
  const runtimes = [
    ...node.map((version) => ({ name: `Node ${version}`, spec: `node@${version}`, command: ['node'] })),
    { name: 'Bun', spec: BUN, command: ['bun'] },
    { name: 'Deno', spec: DENO, command: ['deno', 'run'] },
  ];
  let expected: string | undefined;
  for (const { name, spec, command } of runtimes) {
    const [tool, ...args] = command;
    await check(`the same bits in ${name}`, () => {
      const printed = runPackage(project, spec, tool, ...args, 'mnist.js');
      expected ??= printed;
      expectSame(printed, expected);
      return printed;
    });
    await check(`the same bits on two threads in ${name}`, () => {
      // Objects have another form in each.
      const printed = runPackage(project, spec, tool, ...args, 'threads.js')
        .replaceAll(/\s+/g, ' ')
        .trim();
      if (!/^\{ count: 2,? \} true$/.test(printed))
        throw new Error(`expected { count: 2 } true, got ${printed}`);
      return printed;
    });
  }
  return expected ?? '';
};

const checkBrowsers = async (project: string, expected: string, needsFirefox = false): Promise<void> => {
  const checkPage = (name: string, print: (address: string) => Promise<string>) =>
    check(name, async () => {
      const site = await serveBundle(project);
      try {
        const printed = await print(site.address);
        expectSame(printed, expected);
        return printed;
      } finally {
        site.close();
      }
    });
  await checkPage('the same bits in Chromium, bundled by Vite', (address) => {
    requireChromium();
    return printedInChromium(address);
  });
  const firefox = findFirefox();
  const name = 'the same bits in Firefox, bundled by Vite';
  if (firefox !== undefined)
    await checkPage(name, (address) => printedInFirefox(address, firefox, join(project, 'puppeteer')));
  else if (needsFirefox)
    await check(name, () => {
      throw new Error(`Firefox was not found at ${FIREFOX_PATHS.join(', ')}`);
    });
  else skip(name, 'Firefox is not installed');
};

/** Runs mnist.js in versions of Node, in Bun and Deno, and, bundled, in browsers. */
export const checkBits = async (
  project: string,
  options: { readonly node: readonly string[]; readonly browser: boolean; readonly firefox?: true },
): Promise<void> => {
  const expected = await checkRuntimes(project, options.node);
  if (options.browser) await checkBrowsers(project, expected, options.firefox);
};
