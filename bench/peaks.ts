/** The most memory that a process has needed at once, of programs in processes of their own. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Runs a program to its end. Returns the peak of its resident memory in MB. */
const peakOf = (program: string, args: readonly string[]): number => {
  const { status, output, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--import', new URL('print-peak.ts', import.meta.url).href, pathOf(program), ...args],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
  // Node gives kilobytes.
  return (1024 * Number(output[3])) / 1e6;
};

/**
 * Prints the peaks. `data` is a directory with full MNIST. By default, the training uses the
 * embedded digits.
 */
export const printPeaks = (data: string | undefined): void => {
  const mnist = '../packages/examples/src/mnist.ts';
  const training = ['--epochs', '1', '--no-plot', ...(data === undefined ? [] : ['--data', data])];
  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    ['an empty program', 'peak.ts', ['nothing']],
    [`training on ${data === undefined ? 'the embedded digits' : 'full MNIST'}`, mnist, training],
    ['the mean of 40,000,000 numbers, 160 MB', 'peak.ts', ['mean']],
    ['the standard deviation of 4,000,000 numbers, 16 MB', 'peak.ts', ['std']],
    ['200 eager ops on 4,000,000 numbers', 'peak.ts', ['chain']],
  ];
  console.log('peak of resident memory, each in a process of its own');
  for (const [label, program, args] of rows)
    console.log(`  ${label.padEnd(54)}${peakOf(program, args).toFixed(0).padStart(5)} MB`);
};
