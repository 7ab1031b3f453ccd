/** `pnpm bench`: how fast the library is on this machine, beside others and beside plain loops. */
import { setFlagsFromString } from 'node:v8';
import { run } from '../packages/examples/src/cli.ts';
import { type Interruption, listenForInterruption } from '../packages/examples/src/interruption.ts';
import { writeWhole } from '../packages/examples/src/plots/write.ts';
import { prepareFile } from './files.ts';
import { hasRelaxedSimd, peakRate } from './machine.ts';
import { measure } from './measure.ts';
import { type Options, parseOptions } from './options.ts';
import { loadPeers } from './peers.ts';
import { describeMachine, formatRecord, makeRecord, thisMachine, type WorkloadRecord } from './record.ts';
import { formatRows, rowsOf } from './table.ts';
import { type Field, findDisagreements, type Workload, workloadsOf } from './workloads.ts';

const report = (message: string): void => void process.stderr.write(`${message}\n`);

/** Measures workloads one after another and prints each when it is done. Stops early if interrupted, without those that are not complete. */
const measureAll = async (
  workloads: readonly Workload[],
  rounds: number,
  interruption: Interruption,
): Promise<WorkloadRecord[]> => {
  const records: WorkloadRecord[] = [];
  for (const [i, workload] of workloads.entries()) {
    report(`measuring ${i + 1} of ${workloads.length}: ${workload.name}`);
    const contenders = await workload.contenders();
    for (const disagreement of await findDisagreements(workload, contenders))
      report(`warning: ${workload.name}: ${disagreement}`);
    const measurements = await measure(contenders, rounds, interruption.isRequested);
    if (interruption.isRequested()) break;
    console.log(workload.name);
    for (const line of formatRows(rowsOf(measurements, workload.describe))) console.log(line);
    records.push({ name: workload.name, contenders: measurements });
  }
  return records;
};

const bench = async ({ only, rounds, peers: withPeers, json }: Options): Promise<void> => {
  if (json !== undefined) prepareFile('--json', json);
  const interruption = listenForInterruption();
  // Node 20 has relaxed SIMD behind a flag.
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  const machine = thisMachine(peakRate());
  const field: Field = {
    modes: hasRelaxedSimd() ? ['eager', 'jit', 'jit fma'] : ['eager', 'jit'],
    peers: withPeers ? await loadPeers(report) : [],
  };
  console.log(describeMachine(machine));
  for (const { name, version } of field.peers) console.log(`${name} ${version}`);
  const workloads = workloadsOf(only, field);
  const records = await measureAll(workloads, rounds, interruption);
  if (interruption.isRequested()) {
    report(`interrupted after ${records.length} of ${workloads.length} workloads; no file is written`);
    process.exitCode = interruption.exitCode;
    return;
  }
  const versions = Object.fromEntries(field.peers.map(({ name, version }) => [name, version]));
  const record = makeRecord(machine, versions, records);
  if (json !== undefined) {
    writeWhole(json, formatRecord(record));
    console.log(`results: ${json}`);
  }
};

await run(() => bench(parseOptions()));
