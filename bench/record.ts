/** The results of a run as JSON: every sample, and what of the machine and the libraries has to do with them. No names of hosts, users or files. */
import { cpus } from 'node:os';
import type { Measurement } from './measure.ts';

export interface Machine {
  /** Such as v20.19.0. */
  readonly node: string;
  /** Such as linux x64. */
  readonly platform: string;
  readonly processor: string;
  readonly processors: number;
  /** What one core multiplies and adds in vectors of 128 bits, in GFLOP/s. */
  readonly peak: number;
}

export interface WorkloadRecord {
  readonly name: string;
  readonly contenders: readonly Measurement[];
}

export interface RunRecord {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** In ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  /** The versions of the libraries that we are compared with, by name. */
  readonly peers: Readonly<{ [name: string]: string }>;
  /** In milliseconds for one run. */
  readonly workloads: readonly WorkloadRecord[];
}

const FORMAT = 'mini-bench';
const VERSION = 1;

/** Measured in this process; the peak is measured by the caller. */
export const thisMachine = (peak: number): Machine => {
  const all = cpus();
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: all[0]?.model.trim() ?? 'unknown processor',
    processors: all.length,
    peak,
  };
};

/** One line that says what was measured on. */
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

/** As text for a file. Samples keep six digits, which is more than clocks give. */
export const formatRecord = (record: RunRecord): string => {
  const shorten = (value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
  const text = JSON.stringify(record, (_key, value: unknown) => shorten(value), 2);
  // A line for each contender's samples rather than for each sample.
  return `${text.replaceAll(/\[[-+.\de,\s]+\]/g, (numbers) => numbers.replaceAll(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'))}\n`;
};

type Fields = Readonly<{ [name: string]: unknown }>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isPositive = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0;

/** Throws unless `holds`; what is expected is said by its place in the file. */
const expect = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};

const readMachine = (value: unknown): Machine => {
  if (!isObject(value)) throw new Error('machine is missing');
  const { node, platform, processor, processors, peak } = value;
  if (!isText(node) || !isText(platform) || !isText(processor)) throw new Error('machine lacks a name');
  if (!isPositive(processors) || !isPositive(peak)) throw new Error('machine lacks a figure');
  return { node, platform, processor, processors, peak };
};

const readMeasurement = (value: unknown, place: string): Measurement => {
  if (!isObject(value) || !isText(value['name'])) throw new Error(`${place} has no name`);
  const { name, isPart, samples } = value;
  if (typeof isPart !== 'boolean') throw new Error(`${place}.isPart is not true or false`);
  if (!Array.isArray(samples) || samples.length === 0 || !samples.every(isPositive))
    throw new Error(`${place}.samples are not positive numbers`);
  return { name, isPart, samples };
};

/** Items of an array that have names, which must not occur twice. */
const readNamed = <T extends { readonly name: string }>(
  value: unknown,
  place: string,
  read: (item: unknown, place: string) => T,
): T[] => {
  if (!Array.isArray(value)) throw new Error(`${place} is not an array`);
  const items = value.map((item: unknown, i) => read(item, `${place}[${i}]`));
  expect(new Set(items.map(({ name }) => name)).size === items.length, `${place} has a name twice`);
  return items;
};

const readWorkload = (value: unknown, place: string): WorkloadRecord => {
  if (!isObject(value) || !isText(value['name'])) throw new Error(`${place} has no name`);
  return {
    name: value['name'],
    contenders: readNamed(value['contenders'], `${place}.contenders`, readMeasurement),
  };
};

const read = (value: unknown): RunRecord => {
  if (!isObject(value) || value['format'] !== FORMAT)
    throw new Error('it is not what `pnpm bench --json` writes');
  const { version, date, machine, peers, workloads } = value;
  if (version !== VERSION)
    throw new Error(`its version is ${JSON.stringify(version)}; this program reads version ${VERSION}`);
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

/** The results in a text that was read from a file; throws an error that says what is wrong with it. */
export const parseRecord = (text: string): RunRecord => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`it is not JSON: ${(error as Error).message}`, { cause: error });
  }
  return read(value);
};
