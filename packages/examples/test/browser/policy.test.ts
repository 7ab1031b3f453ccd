/** The library on pages with a Content-Security-Policy. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBrowser, launchBrowser } from '@mini/tools/browser';

const PROGRAM = `
  import { add } from '@mini/autograd';
  try {
    document.title = String(add(1, 2).item());
  } catch (error) {
    document.title = String(error);
  }
`;

describe.skipIf(findBrowser() === undefined)('a page with a policy (skipped without Chromium)', () => {
  let browser: Browser;
  let server: Server;
  let policy: string;
  beforeAll(async () => {
    const { outputFiles } = await build({
      stdin: { contents: PROGRAM, resolveDir: import.meta.dirname },
      bundle: true,
      format: 'esm',
      write: false,
    });
    server = createServer((request, response) => {
      const isScript = request.url === '/program.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.setHeader('content-security-policy', policy);
      response.end(isScript ? outputFiles[0].text : '<script type="module" src="/program.js"></script>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await launchBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const titleUnder = async (header: string): Promise<string> => {
    policy = header;
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => document.title !== '');
    return page.title();
  };
  test("needs 'wasm-unsafe-eval', and the error names it", async () => {
    expect(await titleUnder("default-src 'self'")).toMatch(
      /^TypeError: add: the page's Content-Security-Policy forbids WebAssembly; script-src needs 'wasm-unsafe-eval'/,
    );
    expect(await titleUnder("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'")).toBe('3');
  });
});
