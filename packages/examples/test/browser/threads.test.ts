/** Threads in a page and in a worker of a page, which may or may not share memory. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { findBrowser, launchBrowser } from '@mini/tools/browser';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startFirefox } from './firefox.ts';
import type { Found } from './threads-program.ts';

const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
const PAGES: Readonly<Record<string, string>> = {
  '/page': '<!doctype html><title></title><script type="module" src="/program.js"></script>',
  '/worker': `<!doctype html><title></title><script type="module">
    const worker = new Worker('/program.js', { type: 'module' });
    worker.onmessage = ({ data }) => (document.title = JSON.stringify(data));
  </script>`,
};

let program: string;
const servers: Server[] = [];

/** Serves the pages and returns their address. */
const serve = async (headers: Readonly<Record<string, string>>): Promise<string> => {
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    const type = url === '/program.js' ? 'text/javascript' : 'text/html';
    response.writeHead(200, { ...headers, 'content-type': type });
    response.end(url === '/program.js' ? program : (PAGES[url] ?? ''));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

interface Page {
  goto(address: string): Promise<unknown>;
  title(): Promise<string>;
  close(): Promise<void>;
}

interface AnyBrowser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

const browsers: Readonly<Record<string, (() => Promise<AnyBrowser>) | undefined>> = {
  'Chromium (skipped without it)': findBrowser() === undefined ? undefined : launchBrowser,
  'Firefox (only in pnpm test:browser)': startFirefox,
};

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('threads-program.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  program = outputFiles[0].text;
});
afterAll(() => servers.forEach((server) => server.close()));

describe.each(Object.entries(browsers))('in %s', (_name, launch) => {
  describe.skipIf(launch === undefined)('', () => {
    let browser: AnyBrowser;
    beforeAll(async () => {
      if (launch !== undefined) browser = await launch();
    }, 120_000);
    afterAll(() => browser?.close());

    const findOn = async (address: string): Promise<Found> => {
      const page = await browser.newPage();
      try {
        await page.goto(address);
        await vi.waitUntil(async () => (await page.title()) !== '', { timeout: 30_000 });
        return JSON.parse(await page.title()) as Found;
      } finally {
        await page.close();
      }
    };

    test.each(['/page', '/worker'])('two threads compute on an isolated %s', async (path) => {
      expect(await findOn(`${await serve(ISOLATION)}${path}`)).toEqual({
        threads: { count: 2 },
        isSame: true,
        hasWorked: true,
      });
    });
    test.each(['/page', '/worker'])('one thread computes on a %s that is not isolated', async (path) => {
      const found = await findOn(`${await serve({})}${path}`);
      expect(found).toMatchObject({ isSame: true, hasWorked: false, threads: { count: 1 } });
      expect(found.threads.reason).toContain('not cross-origin isolated');
    });
    test('one thread computes where the page forbids workers from blobs', async () => {
      const policy = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
      const found = await findOn(`${await serve({ ...ISOLATION, 'Content-Security-Policy': policy })}/page`);
      expect(found).toMatchObject({ isSame: true, hasWorked: false });
      expect(found.threads).toMatchObject({ count: 1 });
    });
  });
});
