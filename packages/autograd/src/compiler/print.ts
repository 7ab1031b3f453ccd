/** Prints a compiled function: equations, kernels, memory. */
import { type FusedKernel, readsOf } from './expressions.ts';
import { type Node, baseOf } from './graph.ts';
import type { CompiledProgram } from './compile.ts';

const nameOf = ({ id }: Node): string => `%${id}`;

/** Formats a node, with its offset in memory if it has one. */
const formatEquation = (node: Node, offset: number | undefined): string => {
  const { definition, inputs, op, shape } = node;
  const words = [op, ...inputs.map(nameOf)];
  if (definition.kind === 'input') words.push(String(definition.position));
  if (definition.kind === 'constant' && node.size === 1) words.push(String(definition.values[0]));
  const at = offset === undefined ? '' : ` @${offset}`;
  return `  ${nameOf(node)}${at} = ${words.join(' ')} [${shape.join(', ')}]`;
};

/** Formats the ops that a kernel computes, in order, and the nodes that it reads. */
const formatKernel = (kernel: FusedKernel): string => {
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
  const inner = kernel.parts.flatMap(({ loop }) => (loop.kind === 'direct' ? [loop.describe?.() ?? ''] : []));
  const indented = inner.join('').replace(/^(?=.)/gm, '      ');
  return `  ${nameOf(node)} ← ${names} (${[...reads].map(nameOf).join(' ')})${indented && `\n${indented}`}`;
};

export const printProgram = ({
  nodes,
  kernels,
  plan,
}: Pick<CompiledProgram, 'nodes' | 'kernels' | 'plan'>): string =>
  [
    `equations (${nodes.length}), with offsets in ${plan.bytes} bytes of memory:`,
    ...nodes.map((node) => formatEquation(node, plan.offsets.get(node))),
    `kernels (${kernels.length}):`,
    ...kernels.map(formatKernel),
  ].join('\n');
