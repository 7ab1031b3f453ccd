/** A compiled computation in words: equations, kernels, memory. */
import { type FusedKernel, readsOf } from './expressions.ts';
import { type Node, baseOf } from './graph.ts';
import type { CompiledProgram } from './compile.ts';

const nameOf = ({ id }: Node): string => `%${id}`;

/** A node, and its place in memory if it has one. */
const equation = (node: Node, place: number | undefined): string => {
  const { definition, inputs, op, shape } = node;
  const words = [op, ...inputs.map(nameOf)];
  if (definition.kind === 'input') words.push(String(definition.position));
  if (definition.kind === 'constant' && node.size === 1) words.push(String(definition.values[0]));
  const at = place === undefined ? '' : ` @${place}`;
  return `  ${nameOf(node)}${at} = ${words.join(' ')} [${shape.join(', ')}]`;
};

/** The ops that a kernel does, in order, and what it reads. */
const kernelLine = (kernel: FusedKernel): string => {
  const { node, product } = kernel;
  const withMemory = new Set(readsOf(kernel));
  const reads = new Set<Node>();
  const ops = new Set<Node>();
  const visit = (read: Node): void => {
    const { node: base } = baseOf(read);
    if (base !== product?.node && withMemory.has(base)) {
      reads.add(base);
      return;
    }
    if (ops.has(base)) return;
    base.inputs.forEach(visit);
    ops.add(base);
  };
  visit(node);
  const names = [...ops].map(({ op }) => op).join(' → ');
  return `  ${nameOf(node)} ← ${names} (${[...reads].map(nameOf).join(' ')})`;
};

export const printProgram = ({
  nodes,
  kernels,
  plan,
}: Pick<CompiledProgram, 'nodes' | 'kernels' | 'plan'>): string =>
  [
    `equations (${nodes.length}), with offsets in ${plan.bytes} bytes of memory:`,
    ...nodes.map((node) => equation(node, plan.offsets.get(node))),
    `kernels (${kernels.length}):`,
    ...kernels.map(kernelLine),
  ].join('\n');
