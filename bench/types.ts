/** What the files of the benchmark share. */
import type * as autograd from '@mini/autograd';
import type * as nn from '@mini/nn';
import type { Contender, LocalContender } from './contender.ts';
import type { Limits } from './machine.ts';
import type { Peer } from './peers.ts';

/** How a library of ours runs. */
export type Mode = 'eager' | 'jit' | 'jit fma';

/** Families of single ops. */
export type OpFamily = 'maps' | 'reductions' | 'moves' | 'products' | 'windows' | 'samplers';

/** The names for the option --only. */
export type GroupName = 'small' | 'mnist' | 'cosine' | 'matmul' | 'transforms' | 'cnn' | 'compile' | OpFamily;

/** A checkout of the library. */
export interface Library {
  /** The prefix of its contenders' names. */
  readonly name: string;
  readonly autograd: typeof autograd;
  readonly nn: typeof nn;
}

/** Work that libraries are timed on. */
export interface Workload {
  readonly name: string;
  /** Returns the contenders of a library, one for each mode. */
  ours(library: Library): readonly LocalContender[];
  /** Returns parts of the work on this library, and plain loops. */
  rest?(library: Library): readonly LocalContender[];
  /** Returns the contender of another library; undefined if it does not do this work. */
  peer?(peer: Peer): Contender | Promise<Contender | undefined> | undefined;
  /** Converts a time to a unit of the workload, as text. */
  describe?(milliseconds: number, limits: Limits): string;
  /** Returns the least time that the limits of the machine allow, in milliseconds. */
  leastTime?(limits: Limits): number;
  /** The largest relative difference between results after the first run. */
  readonly tolerance: number;
}

/** Runs the workloads on one library or on two, in this process or in another one. */
export interface Runner {
  contenders(workload: Workload): Promise<readonly Contender[]>;
  close(): void;
}
