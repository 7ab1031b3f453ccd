/** `pnpm bench`: how fast the library is on this machine, beside others and beside plain loops. */
import { setFlagsFromString } from 'node:v8';
import { run } from '@mini/tools/cli';
import { prepareFiles, writeWhole } from '@mini/tools/files';
import { type Interruption, listenForInterruption } from '@mini/tools/interruption';
import { formatAgainst } from './against.ts';
import { compareRuns, formatComparison } from './comparison.ts';
import { readRecord } from './files.ts';
import { runAgainst, runHere, type Runner } from './libraries.ts';
import { hasRelaxedSimd, peakRate } from './machine.ts';
import { measure } from './measure.ts';
import { benchOptions, type Options } from './options.ts';
import type { Mode } from './ours.ts';
import { reportOf } from './page.ts';
import { present } from './present.ts';
import { loadPeers, type Peer } from './peers.ts';
import { loadPythonPeers } from './python.ts';
import { describeMachine, formatRecord, makeRecord, thisMachine, type WorkloadRecord } from './record.ts';
import { formatRows, type Row, rowsOf } from './table.ts';
import { assemble, findDisagreements, type Workload, workloadsOf } from './workloads.ts';

const report = (message: string): void => void process.stderr.write(`${message}\n`);

interface Plan {
  readonly workloads: readonly Workload[];
  readonly runner: Runner;
  readonly peers: readonly Peer[];
  readonly rounds: number;
}

/** What was measured of a workload, as data and as rows to show. */
interface Result extends WorkloadRecord {
  readonly rows: readonly Row[];
}

/** Measures workloads one after another and prints each when it is done. Stops early if interrupted, without the one that is not complete. */
const measureAll = async (
  { workloads, runner, peers, rounds }: Plan,
  { isRequested }: Interruption,
): Promise<Result[]> => {
  const results: Result[] = [];
  for (const [i, workload] of workloads.entries()) {
    report(`measuring ${i + 1} of ${workloads.length}: ${workload.name}`);
    const entrants = await assemble(workload, runner, present, peers, report);
    for (const disagreement of await findDisagreements(workload, entrants))
      report(`warning: ${workload.name}: ${disagreement}`);
    const contenders = await measure(entrants, rounds, isRequested);
    if (isRequested()) break;
    const rows = rowsOf(contenders, workload.describe);
    console.log([workload.name, ...formatRows(rows), ...formatAgainst(contenders)].join('\n'));
    results.push({ name: workload.name, contenders, rows });
  }
  return results;
};

const bench = async (options: Options): Promise<void> => {
  const { only, rounds, json, page } = options;
  if (json !== undefined) prepareFiles(`--json ${json}`, json);
  if (page !== false) prepareFiles(`--page ${page}`, page);
  const earlier = options.compare === undefined ? undefined : readRecord('--compare', options.compare);
  const interruption = listenForInterruption();
  // Node 20 has relaxed SIMD behind a flag.
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  const modes: readonly Mode[] = hasRelaxedSimd() ? ['eager', 'jit', 'jit fma'] : ['eager', 'jit'];
  const workloads = workloadsOf(only, modes);
  const machine = thisMachine(peakRate());
  const runner =
    options.against === undefined
      ? runHere(present)
      : await runAgainst(`--against ${options.against}`, options.against, only, modes, report);
  // Processes that stayed would keep this one from ending.
  const remotes: { close(): void }[] = [runner];
  const peers: Peer[] = [];
  let results: readonly Result[];
  try {
    if (options.peers) {
      const remotePeers = await loadPythonPeers(options.python, report);
      remotes.push(...remotePeers);
      peers.push(...(await loadPeers(report)), ...remotePeers);
    }
    console.log(describeMachine(machine));
    if (peers.length > 0) console.log(peers.map(({ name, version }) => `${name} ${version}`).join(', '));
    results = await measureAll({ workloads, runner, peers, rounds }, interruption);
  } finally {
    for (const remote of remotes) remote.close();
  }
  if (interruption.isRequested()) {
    report(`interrupted after ${results.length} of ${workloads.length} workloads; no file is written`);
    process.exitCode = interruption.exitCode;
    return;
  }
  const record = makeRecord(machine, peers, results);
  const comparison = earlier === undefined ? undefined : compareRuns(earlier, record);
  if (comparison !== undefined) console.log(`\n${formatComparison(comparison).join('\n')}`);
  if (json !== undefined) {
    writeWhole(json, formatRecord(record));
    console.log(`results: ${json}`);
  }
  if (page !== false) {
    // Loaded when it is needed: what it stands on takes long to load.
    const { renderHtml } = await import('@mini/tools/plots/html');
    const rows = results.map(({ rows }) => rows);
    writeWhole(page, await renderHtml(reportOf(record, rows, comparison)));
    console.log(`page: ${page}`);
  }
};

await run(() => bench(benchOptions()));
