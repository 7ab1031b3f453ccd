/** Records of ops: what a derivative needs to know about how tensors were computed. */
import type { Shape } from '../base/shape.ts';
import { type OpRecord, type Pullbacks, type Source, Tensor } from './tensor.ts';

/** How many derivatives are being taken; ops are recorded only inside of one. */
let depth = 0;
let nextId = 1;

/** Runs `f`; ops on variables in it are recorded. */
export const recording = <T>(f: () => T): T => {
  depth++;
  try {
    return f();
  } finally {
    depth--;
  }
};

/** Returns how many nested derivatives are being taken. */
export const recordingDepth = (): number => depth;

/** Runs `f` as if only the outermost `outer` derivatives were being taken. */
export const atDepth = <T>(outer: number, f: () => T): T => {
  const before = depth;
  depth = outer;
  try {
    return f();
  } finally {
    depth = before;
  }
};

export const isRecording = (): boolean => depth > 0;

/** Whether an op with these operands must be recorded for a derivative. */
export const areRecorded = (inputs: readonly Tensor[]): boolean =>
  isRecording() && inputs.some(({ record }) => record !== undefined);

/** Returns the tensors with records older than `first` that `results` were computed from. */
export const recordedBefore = (results: readonly Tensor[], first: number): Tensor[] => {
  const found = new Set<Tensor>(results);
  const older = new Set<Tensor>();
  for (const x of found) {
    if (x.record === undefined) continue;
    if (x.record.id < first) older.add(x);
    else for (const input of x.record.inputs) found.add(input);
  }
  return [...older];
};

/** Returns the line of the user's code that runs; absent unless a debugging mode needs it. */
let siteOf: (() => string) | undefined;

/** Replaces how the lines of ops are found; returns the function before. */
export const setSiteOf = (other: (() => string) | undefined): (() => string) | undefined => {
  const before = siteOf;
  siteOf = other;
  return before;
};

/** Runs `f`. If the lines of ops are found, those of ops in it are followed by a place. */
export const atPlace = <T>(place: string, f: () => T): T => {
  const before = siteOf;
  if (before === undefined) return f();
  siteOf = () => [before(), place].filter((part) => part !== '').join(', ');
  try {
    return f();
  } finally {
    siteOf = before;
  }
};

/** From the cotangent of an op's only result to those of its inputs. */
export type PullbackRule<A> = (ct: Tensor, inputs: readonly Tensor[], out: Tensor, attrs: A) => Pullbacks;

/** The number of the next op: records before have smaller ones. */
export const nextRecordId = (): number => nextId;

/** The tensor of the only result of an op, with a record of the op. */
export const recordOp = <A>(
  op: string,
  inputs: readonly Tensor[],
  shape: Shape,
  source: Source,
  rule: PullbackRule<A>,
  attrs: A,
): Tensor => {
  const outs: Tensor[] = [];
  const out: Tensor = new Tensor(shape, source, {
    id: nextId++,
    op,
    inputs,
    outs,
    pull: ([ct]) => (ct === undefined ? [] : rule(ct, inputs, out, attrs)),
    site: siteOf?.(),
  });
  outs.push(out);
  return out;
};

/** A result of an op: its shape and its elements. */
export interface Result {
  readonly shape: Shape;
  readonly source: Source;
}

/** Returns the results of an op as tensors that share one record of the op. */
export const recordResults = (
  op: string,
  inputs: readonly Tensor[],
  results: readonly Result[],
  pull: OpRecord['pull'],
): readonly Tensor[] => {
  const outs: Tensor[] = [];
  const record: OpRecord = { id: nextId++, op, inputs, outs, pull, site: siteOf?.() };
  for (const { shape, source } of results) outs.push(new Tensor(shape, source, record));
  return outs;
};
