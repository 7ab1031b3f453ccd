/** Compiles a graph to a program: data that the runtime links and runs. */
import { fusesMultiplyAdd } from '../kernels/matmul.ts';
import type { FusedKernel } from './expressions.ts';
import { fuse, mayFail } from './fuse.ts';
import { type Node, baseOf, reachable } from './graph.ts';
import { type Instruction, instructionsOf } from './instructions.ts';
import { type MemoryPlan, offsetIn, planMemory } from './memory-plan.ts';

export interface ProgramInput {
  /** The offset in the arena; undefined if unused. */
  readonly offset: number | undefined;
  readonly size: number;
  /** Whether a run overwrites its memory. */
  readonly isOverwritten: boolean;
}

/** Where a result is stored: in an input, in a constant, or elsewhere in the arena. */
export type ProgramOutput = { readonly offset: number; readonly size: number } & (
  | { readonly kind: 'input'; readonly position: number }
  | { readonly kind: 'constant'; readonly values: Float32Array }
  | { readonly kind: 'arena' }
);

export interface CompiledProgram {
  /** The nodes that the results depend on, and the kernels that compute them. */
  readonly nodes: readonly Node[];
  readonly kernels: readonly FusedKernel[];
  readonly plan: MemoryPlan;
  readonly instructions: readonly Instruction[];
  readonly inputs: readonly ProgramInput[];
  readonly outputs: readonly ProgramOutput[];
  readonly constants: readonly { readonly offset: number; readonly values: Float32Array }[];
  /** Whether its products fuse multiplication and addition. */
  readonly fusesMultiplyAdd: boolean;
  /** Whether a run can throw for invalid elements. */
  readonly mayFail: boolean;
}

export interface CompileOptions {
  /** Inputs that the program can overwrite. Default none. */
  readonly donated?: ReadonlySet<Node>;
  /** Whether donated inputs are lost if a run throws. By default, they stay unchanged. */
  readonly losesInputs?: boolean;
  /** Whether all inputs have memory, and stay unchanged. Default false. */
  readonly keepsInputs?: boolean;
}

/**
 * Compiles the program that computes `outputs` from `inputs`.
 *
 * A program that can throw overwrites donated inputs only afterwards, unless it `losesInputs`.
 */
export const compile = (
  inputs: readonly Node[],
  outputs: readonly Node[],
  { donated = new Set(), losesInputs = false, keepsInputs = false }: CompileOptions = {},
): CompiledProgram => {
  const nodes = reachable(outputs);
  const constants = nodes.flatMap((node) =>
    node.definition.kind === 'constant' ? [{ node, values: node.definition.values }] : [],
  );
  const used = new Set(nodes);
  const kernels = fuse(outputs);
  const plan = planMemory(
    kernels,
    keepsInputs ? inputs : inputs.filter((input) => used.has(input)),
    constants.map(({ node }) => node),
    outputs,
    keepsInputs ? new Set() : donated,
    losesInputs ? 0 : firstSafe(kernels),
  );
  const { offsets } = plan;
  const written = new Set(kernels.map(({ node }) => offsets.get(node)));
  return {
    nodes,
    kernels,
    plan,
    instructions: instructionsOf(kernels, plan),
    inputs: inputs.map((input) => {
      const offset = offsets.get(input);
      return { offset, size: input.size, isOverwritten: written.has(offset) };
    }),
    outputs: outputs.map((output) => locateOutput(output, plan)),
    constants: constants.map(({ node, values }) => ({ offset: offsets.get(node) ?? 0, values })),
    fusesMultiplyAdd: fusesMultiplyAdd(),
    mayFail: kernels.some(mayFail),
  };
};

/** Returns the index of the first kernel that can change inputs: no kernel throws after it did. */
const firstSafe = (kernels: readonly FusedKernel[]): number => {
  const last = kernels.findLastIndex(mayFail);
  return last >= 0 && checksFirst(kernels[last]) ? last : last + 1;
};

/** Whether a kernel checks all indices before it changes an input in place. */
const checksFirst = ({ parts }: FusedKernel): boolean =>
  parts.every(({ loop }) => loop.kind === 'direct' && loop.startsFrom !== undefined);

const locateOutput = (output: Node, plan: MemoryPlan): ProgramOutput => {
  const { node, offset: first } = baseOf(output);
  const { definition } = node;
  const { size } = output;
  const place = { offset: offsetIn(plan, output), size };
  if (definition.kind === 'input' && node.size === size)
    return { kind: 'input', position: definition.position, ...place };
  if (definition.kind === 'constant')
    return { kind: 'constant', values: definition.values.subarray(first, first + size), ...place };
  return { kind: 'arena', ...place };
};
