/** A compiled computation in words: equations, kernels, memory. */
import type { Kernel } from './fuse.ts';
import { baseOf, type Node } from './graph.ts';
import type { Plan } from './plan.ts';

const shapeOf = ({ shape }: Node): string => `[${shape.join(', ')}]`;
const nameOf = ({ id }: Node): string => `%${id}`;

const equation = (node: Node): string => {
  const { definition } = node;
  switch (definition.kind) {
    case 'input':
      return `${nameOf(node)} = argument ${definition.position} ${shapeOf(node)}`;
    case 'constant':
      return `${nameOf(node)} = constant${node.size === 1 ? ` ${definition.values[0]}` : ''} ${shapeOf(node)}`;
    default:
      return `${nameOf(node)} = ${node.name} ${node.inputs.map(nameOf).join(' ')} ${shapeOf(node)}`;
  }
};

const kernelLine = ({ node, parts, product }: Kernel, { offsets }: Plan): string => {
  const names = [...(product?.part.names ?? []), ...parts.flatMap((part) => part.names)];
  const reads = [...(product?.part.nodes ?? []), ...parts.flatMap((part) => part.nodes)]
    .map((read) => baseOf(read).node)
    .filter((read) => read !== product?.node);
  const from = [...new Set(reads)].map(nameOf).join(' ');
  return `${nameOf(node)} @${offsets.get(node) ?? 0} ← ${names.length === 0 ? 'copy' : names.join(' → ')} (${from}) ${shapeOf(node)}`;
};

export const printProgram = (nodes: readonly Node[], kernels: readonly Kernel[], made: Plan): string => {
  const inputs = nodes.filter(
    ({ definition }) => definition.kind === 'input' || definition.kind === 'constant',
  );
  return [
    `equations (${nodes.length}):`,
    ...nodes.map((node) => `  ${equation(node)}`),
    `kernels (${kernels.length}), with the place of each result in memory:`,
    ...kernels.map((kernel) => `  ${kernelLine(kernel, made)}`),
    `memory: ${made.bytes} bytes; arguments and constants at ${inputs.map((node) => `${nameOf(node)} @${made.offsets.get(node) ?? 0}`).join(', ') || 'none'}`,
  ].join('\n');
};
