/** What describes a single op that `pnpm bench:ops` times. */
import type { random, Tensor } from '@mini/autograd';
import type { Library } from '../types.ts';

export type Autograd = Library['autograd'];

/** An op on operands of given shapes. */
export interface OpCase {
  /** The op, and how its operands lie: 'sum, axis 0'. */
  readonly name: string;
  /** What Python's libraries call to do the same; undefined if nothing does. */
  readonly python?: string;
  readonly shapes: readonly (readonly number[])[];
  readonly run: (m: Autograd, args: readonly Tensor[], key: random.Key) => Tensor;
  /** Whether it does not run in compiled functions, or is a constant there. */
  readonly isEagerOnly?: boolean;
  /** The floating-point operations of a product; others are limited by memory. */
  readonly operations?: number;
  /** The interval of the numbers in the operands; by default [-2, 2]. */
  readonly range?: readonly [low: number, high: number];
  /** The second operand holds integers below this one: indices. */
  readonly indices?: number;
}

/** The usual shape: 10⁶ elements, in which rows and columns are alike. */
export const LARGE: readonly number[] = [1024, 1024];
/** The sizes of the most common ops. */
export const SIZES: readonly (readonly number[])[] = [[8], [1000], LARGE];

/** Numbers around 1, for ops of positive numbers. */
export const POSITIVE = [0.5, 1.5] as const;
