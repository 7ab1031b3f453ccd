/** Projects of users: how each installs the packages, and how it is built and run. */
import { BUN, DENO } from './versions.ts';

/**
 * A project. Commands run in its folder.
 *
 * It either runs a program, which must print what is expected, or it has a page, which must show
 * it.
 */
export type Project = Installed & (Program | StaticPage | ServedPage);

interface Installed {
  readonly name: string;
  /** The folder in `release/projects` with its files; it gets those of `shared` as well. */
  readonly files: string;
  /** Installs its dependencies. The paths of our packages are appended. */
  readonly install: string;
  readonly build?: string;
  readonly expected: readonly string[];
}

interface Program {
  readonly run: string;
}

interface StaticPage {
  /** The folder to serve. */
  readonly serve: string;
}

interface ServedPage {
  /** Starts a server, which prints its address. */
  readonly start: string;
}

const NPM = 'npm install --no-audit --no-fund';
const VITE = 'vite@8.3.8';
const WEBPACK = 'webpack@5.113.0 webpack-cli@5.1.4';
const JEST = 'jest@30.5.2';

/** What `shared/train.js` returns. */
const TRAINED = 'trained: 0 1 1 0';
/** What `shared/threads.js` returns. */
const THREADED = 'threads: 2, the same bits: true';

const program = { files: 'program', expected: [TRAINED] };
const page = { build: 'npx vite build', serve: 'dist', expected: [TRAINED] };

// Yarn 1 caches files by their relative paths, so it needs a new cache to see the present files.
// Yarn 4 is missing: it does not install files whose dependencies are paths.
export const projects: readonly Project[] = [
  { name: 'npm', ...program, install: NPM, run: 'node index.js' },
  { name: 'pnpm', ...program, install: 'pnpm add', run: 'node index.js' },
  { name: 'yarn', ...program, install: 'npx -y yarn@1.22.22 add --cache-folder cache', run: 'node index.js' },
  { name: 'bun', ...program, install: `npx -y ${BUN} add`, run: `npx -y ${BUN} index.js` },
  { name: 'deno', ...program, install: NPM, run: `npx -y ${DENO} run --allow-all index.js` },
  {
    name: 'webpack',
    files: 'webpack',
    install: `${NPM} ${WEBPACK}`,
    build: 'npx webpack --mode production --target node --entry ./index.js --output-filename main.cjs',
    run: 'node dist/main.cjs',
    expected: [TRAINED, THREADED],
  },
  {
    name: 'jest',
    files: 'jest',
    install: `${NPM} ${JEST}`,
    // It prints to standard error, and fails if a test does.
    run: 'node --experimental-vm-modules node_modules/jest/bin/jest.js',
    expected: [],
  },
  { name: 'vite', files: 'vite', install: `${NPM} ${VITE}`, ...page },
  { name: 'worker', files: 'worker', install: `${NPM} ${VITE}`, ...page },
  { name: 'page', files: 'page', install: NPM, serve: '.', expected: [TRAINED] },
  {
    name: 'next',
    files: 'next',
    install: `${NPM} next@16.4.6 react@19.3.1 react-dom@19.3.1`,
    build: 'npx next build',
    start: 'npx next start --hostname 127.0.0.1 --port 0',
    expected: ['on the server: 6', TRAINED],
  },
];
