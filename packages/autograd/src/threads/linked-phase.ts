/** Phases of a program, ready to run. */
import type { KernelCall } from '../compiler/instructions.ts';
import type { Phase } from '../compiler/phases.ts';
import { type Step, linkInstruction } from '../runtime/link.ts';
import { storeParts } from './parts.ts';

/** The steps of each part, on this thread. */
type LinkedParts = readonly (readonly Step[])[];

export interface LinkedPhase {
  readonly phase: Phase;
  /** The address of the program's memory. */
  readonly arena: number;
  readonly parts: LinkedParts;
  /** The address of the list of parts for the workers; undefined if there is only one part. */
  readonly list: number | undefined;
}

/** Links the parts of a phase to the memory. */
export const linkParts = ({ parts }: Phase, arena: number): LinkedParts =>
  parts.map((part) =>
    ('kind' in part ? [part] : part).map((instruction) => linkInstruction(instruction, arena)),
  );

/** Links a phase, and stores its parts for the workers. */
export const linkPhase = (phase: Phase, arena: number): LinkedPhase => {
  const parts = linkParts(phase, arena);
  if (parts.length === 1) return { phase, arena, parts, list: undefined };
  const list = storeParts(phase.parts as readonly (readonly KernelCall[])[], arena);
  return { phase, arena, parts, list };
};

/** Runs all parts on this thread. */
export const runParts = (parts: LinkedParts): void => {
  for (const steps of parts) for (let i = 0; i < steps.length; i++) steps[i]();
};
