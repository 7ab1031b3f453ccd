/**
 * `pnpm data:check`: reads real data sets, and trains on some of them.
 *
 * The data sets, 42 MB, are installed on first use in this folder.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { numbers, readArrow, readCsv } from '@mini/data';

const folder = dirname(fileURLToPath(import.meta.url));
const data = join(folder, 'node_modules', 'vega-datasets', 'data');

const install = (): void => {
  if (existsSync(data)) return;
  console.log('installing the data sets (42 MB, once) …');
  const args = ['install', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
};

const expectTo = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`expected ${what}`);
  console.log(`ok      ${what}`);
};

/** Runs a program of this folder, and returns the number behind each text that it prints. */
const run = (program: string): Readonly<Record<string, number>> => {
  const output = execFileSync(process.execPath, ['--import', 'tsx', join(folder, program)], {
    // The path of tsx is found from the folder of the repository, the files from that of the data.
    cwd: data,
    encoding: 'utf8',
  });
  return Object.fromEntries(
    [...output.matchAll(/^([a-z ]+) ([\d.]+)$/gm)].map(([, text, value]) => [text, Number(value)]),
  );
};

install();
for (const file of readdirSync(data).filter((name) => /\.[ct]sv$/.test(name))) {
  const { rows, columns } = readCsv(join(data, file));
  expectTo(
    rows > 0 && Object.keys(columns).length > 1,
    `${file} to be a table: ${rows} rows, ${Object.keys(columns).join(', ')}`,
  );
}
const flights = await readArrow(join(data, 'flights-200k.arrow'));
const { shape } = numbers(flights, Object.keys(flights.columns));
expectTo(shape[0] === 200_000, `flights-200k.arrow to be a table: shape [${shape.join(', ')}]`);
const { 'test accuracy': accuracy } = run('penguins.ts');
expectTo(accuracy > 0.95, `penguins.ts to reach more than 0.95: ${accuracy}`);
const { 'test error': error, 'error of the mean': unchanged } = run('carbon-dioxide.ts');
expectTo(error < unchanged, `carbon-dioxide.ts to have a lower error than ${unchanged}: ${error}`);
