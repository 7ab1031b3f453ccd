/**
 * The results of a run as JSON: every sample, the machine and the libraries.
 *
 * Contains no names of hosts, users or files.
 */
import { cpus } from 'node:os';
import type { Measurement } from './measure.ts';

export interface Machine {
  /** For example v20.19.0. */
  readonly node: string;
  /** For example linux x64. */
  readonly platform: string;
  readonly processor: string;
  readonly processors: number;
  /** The 128-bit multiplications and additions of one core, in GFLOP/s. */
  readonly peak: number;
}

export interface WorkloadRecord {
  readonly name: string;
  readonly contenders: readonly Measurement[];
}

export interface RunRecord {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  /** Versions of the other libraries by name. */
  readonly peers: Readonly<{ [name: string]: string }>;
  /** Times are in milliseconds for one run. */
  readonly workloads: readonly WorkloadRecord[];
}

const FORMAT = 'mini-bench';
const VERSION = 1;

/** Describes this machine. The caller measures the peak. */
export const inspectMachine = (peak: number): Machine => {
  const all = cpus();
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: all[0]?.model.trim() ?? 'unknown processor',
    processors: all.length,
    peak,
  };
};

/** Describes a machine in one line. */
export const describeMachine = ({ node, platform, processor, processors, peak }: Machine): string =>
  `${processor}, ${processors} ${processors === 1 ? 'processor' : 'processors'}, ${platform}, Node ${node}, one core's SIMD peak ${peak.toFixed(1)} GFLOP/s`;

export const makeRecord = (
  machine: Machine,
  peers: readonly { readonly name: string; readonly version: string }[],
  workloads: readonly WorkloadRecord[],
): RunRecord => ({
  format: FORMAT,
  version: VERSION,
  date: new Date().toISOString(),
  machine,
  peers: Object.fromEntries(peers.map(({ name, version }) => [name, version])),
  workloads: workloads.map(({ name, contenders }) => ({ name, contenders })),
});

/** Formats a record for a file. Samples keep six digits, more than clocks resolve. */
export const formatRecord = (record: RunRecord): string => {
  const shorten = (value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
  const text = JSON.stringify(record, (_key, value: unknown) => shorten(value), 2);
  // Put the samples of a contender on one line instead of one line each.
  return `${text.replaceAll(/\[[-+.\de,\s]+\]/g, (numbers) => numbers.replaceAll(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'))}\n`;
};

type Fields = Readonly<{ [name: string]: unknown }>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isPositive = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0;

/** Throws an Error with this message unless `holds`. */
const ensure = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};

const readMachine = (value: unknown): Machine => {
  if (!isObject(value)) throw new Error('machine is missing');
  const { node, platform, processor, processors, peak } = value;
  if (!isText(node) || !isText(platform) || !isText(processor)) throw new Error('machine: a name is missing');
  if (!isPositive(processors) || !isPositive(peak)) throw new Error('machine: a number is missing');
  return { node, platform, processor, processors, peak };
};

const readMeasurement = (value: unknown, path: string): Measurement => {
  if (!isObject(value) || !isText(value['name'])) throw new Error(`${path} has no name`);
  const { name, isPart, samples } = value;
  if (typeof isPart !== 'boolean') throw new Error(`${path}.isPart is not true or false`);
  if (!Array.isArray(samples) || samples.length === 0 || !samples.every(isPositive))
    throw new Error(`${path}.samples are not positive numbers`);
  return { name, isPart, samples };
};

/** Reads an array of items with distinct names. */
const readNamed = <T extends { readonly name: string }>(
  value: unknown,
  path: string,
  read: (item: unknown, path: string) => T,
): T[] => {
  if (!Array.isArray(value)) throw new Error(`${path} is not an array`);
  const items = value.map((item: unknown, i) => read(item, `${path}[${i}]`));
  ensure(new Set(items.map(({ name }) => name)).size === items.length, `${path} has two items of one name`);
  return items;
};

const readWorkload = (value: unknown, path: string): WorkloadRecord => {
  if (!isObject(value) || !isText(value['name'])) throw new Error(`${path} has no name`);
  return {
    name: value['name'],
    contenders: readNamed(value['contenders'], `${path}.contenders`, readMeasurement),
  };
};

const read = (value: unknown): RunRecord => {
  if (!isObject(value) || value['format'] !== FORMAT) throw new Error('not a file of `pnpm bench --json`');
  const { version, date, machine, peers, workloads } = value;
  if (version !== VERSION) throw new Error(`version: expected ${VERSION}, got ${JSON.stringify(version)}`);
  if (!isText(date) || Number.isNaN(Date.parse(date))) throw new Error('date is not a date');
  if (!isObject(peers)) throw new Error('peers is missing');
  const versions: { [name: string]: string } = {};
  for (const [name, peer] of Object.entries(peers)) {
    if (!isText(peer)) throw new Error(`peers.${name} is not a version`);
    versions[name] = peer;
  }
  return {
    format: FORMAT,
    version: VERSION,
    date,
    machine: readMachine(machine),
    peers: versions,
    workloads: readNamed(workloads, 'workloads', readWorkload),
  };
};

/** Parses the text of a file. Throws an Error that describes the first problem. */
export const parseRecord = (text: string): RunRecord => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`not JSON: ${(error as Error).message}`, { cause: error });
  }
  return read(value);
};
