/**
 * The scripts that run elsewhere: in pages, and in the thread of a live plot's server.
 *
 * In the repository, they are bundled when they are needed. `pnpm build` replaces this file in the
 * package with one that contains them, so that the package does not need a bundler.
 */
import { fileURLToPath } from 'node:url';

/** The scripts, each complete, and the styles of pages. */
export interface Bundles {
  readonly reportPage: string;
  readonly livePage: string;
  readonly liveServer: string;
  readonly styles: string;
}

const FILES: Readonly<Record<keyof Bundles, string>> = {
  reportPage: 'page/report-page.ts',
  livePage: 'page/live-page.ts',
  liveServer: 'live/live-server.ts',
  styles: 'page/page.css',
};

const made = new Map<keyof Bundles, Promise<string>>();

/** Returns a script, or the styles. Each is made once. */
export const bundled = (name: keyof Bundles): Promise<string> => {
  const text = made.get(name) ?? bundle(name);
  made.set(name, text);
  return text;
};

const bundle = async (name: keyof Bundles): Promise<string> => {
  const { build } = await import('esbuild');
  const isServer = name === 'liveServer';
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(FILES[name], import.meta.url))],
    // The folder in which the program runs may be gone.
    absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
    bundle: true,
    minify: true,
    platform: isServer ? 'node' : 'browser',
    format: isServer ? 'cjs' : 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0].text;
};
