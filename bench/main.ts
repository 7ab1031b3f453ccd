/** `pnpm bench`: measures this library, other libraries and plain loops on this machine. */
import type { Mode, Runner, Workload } from './types.ts';
import { setFlagsFromString } from 'node:v8';
import { run } from '@mini/tools/cli';
import { prepareFiles, writeFileAtomically } from '@mini/tools/files';
import { type Interruption, listenForInterruption } from '@mini/tools/interruption';
import { formatAgainst } from './against.ts';
import { compareRuns, formatComparison } from './comparison.ts';
import { readRecord } from './files.ts';
import { runAgainst, runHere, withThreads } from './libraries.ts';
import { formatFarthest } from './farthest.ts';
import { hasRelaxedSimd, type Limits, measureCopyRate, measurePeakRate } from './machine.ts';
import { measure } from './measure.ts';
import { benchOptions, type Options } from './options.ts';
import { makeReport } from './page.ts';
import { currentLibrary } from './current.ts';
import { loadPeers, type Peer } from './peers.ts';
import { loadPythonPeers } from './python.ts';
import { describeMachine, formatRecord, inspectMachine, makeRecord, type WorkloadRecord } from './record.ts';
import { formatRows, makeRows, type Row } from './table.ts';
import { findDisagreements, makeContenders, makeWorkloads } from './workloads.ts';

const report = (message: string): void => void process.stderr.write(`${message}\n`);

interface Plan {
  readonly workloads: readonly Workload[];
  readonly runner: Runner;
  readonly peers: readonly Peer[];
  readonly rounds: number;
  readonly limits: Limits;
}

/** The measurements of a workload, as data and as rows of a table. */
interface Result extends WorkloadRecord {
  readonly rows: readonly Row[];
  /** The least time that the limits of the machine allow; undefined if they are not known. */
  readonly leastTime: number | undefined;
}

/**
 * Measures one workload after another and prints each result at once.
 *
 * Stops early if interrupted, and drops the incomplete workload.
 */
const measureAll = async (
  { workloads, runner, peers, rounds, limits }: Plan,
  { isRequested }: Interruption,
): Promise<Result[]> => {
  const results: Result[] = [];
  for (const [i, workload] of workloads.entries()) {
    report(`measuring ${i + 1} of ${workloads.length}: ${workload.name}`);
    const entrants = await makeContenders(workload, runner, currentLibrary, peers, report);
    for (const disagreement of await findDisagreements(workload, entrants))
      report(`warning: ${workload.name}: ${disagreement}`);
    const contenders = await measure(entrants, rounds, isRequested);
    if (isRequested()) break;
    const rows = makeRows(contenders, (milliseconds) => workload.describe?.(milliseconds, limits) ?? '');
    console.log([workload.name, ...formatRows(rows), ...formatAgainst(contenders)].join('\n'));
    const leastTime = workload.leastTime?.(limits);
    results.push({ name: workload.name, contenders, rows, leastTime });
  }
  return results;
};

const bench = async (options: Options): Promise<void> => {
  const { only, rounds, json, page } = options;
  if (json !== undefined) prepareFiles(`--json ${json}`, json);
  if (page !== false) prepareFiles(`--page ${page}`, page);
  const earlier = options.compare === undefined ? undefined : readRecord('--compare', options.compare);
  const interruption = listenForInterruption();
  // Node 20 has relaxed SIMD only behind a flag.
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  const modes: readonly Mode[] = hasRelaxedSimd() ? ['eager', 'jit', 'jit fma'] : ['eager', 'jit'];
  const workloads = makeWorkloads(only, modes);
  const peak = measurePeakRate();
  const machine = inspectMachine(peak);
  const limits: Limits = { copy: measureCopyRate(), peak: peak * 1e6 };
  const runner =
    options.against === undefined
      ? await withThreads(runHere(currentLibrary), options.threads, only)
      : await runAgainst(`--against ${options.against}`, options.against, only, modes, report);
  // Open processes would keep this one alive.
  const remotes: { close(): void }[] = [runner];
  const peers: Peer[] = [];
  let results: readonly Result[];
  try {
    if (options.peers) {
      const remotePeers = await loadPythonPeers(options.python, report);
      remotes.push(...remotePeers);
      peers.push(...(await loadPeers(report)), ...remotePeers);
    }
    console.log(`${describeMachine(machine)}, copies ${(limits.copy / 1e6).toFixed(1)} GB/s`);
    if (peers.length > 0) console.log(peers.map(({ name, version }) => `${name} ${version}`).join(', '));
    results = await measureAll({ workloads, runner, peers, rounds, limits }, interruption);
  } finally {
    for (const remote of remotes) remote.close();
  }
  if (interruption.isRequested()) {
    report(`interrupted after ${results.length} of ${workloads.length} workloads; no files were written`);
    process.exitCode = interruption.exitCode;
    return;
  }
  console.log(formatFarthest(results).join('\n'));
  const record = makeRecord(machine, peers, results);
  const comparison = earlier === undefined ? undefined : compareRuns(earlier, record);
  if (comparison !== undefined) console.log(`\n${formatComparison(comparison).join('\n')}`);
  if (json !== undefined) {
    writeFileAtomically(json, formatRecord(record));
    console.log(`results: ${json}`);
  }
  if (page !== false) {
    // Imported here, because it takes long to load.
    const { renderHtml } = await import('@mini/plot');
    const rows = results.map(({ rows }) => rows);
    writeFileAtomically(page, await renderHtml(makeReport(record, rows, comparison)));
    console.log(`page: ${page}`);
  }
};

await run(() => bench(benchOptions()));
