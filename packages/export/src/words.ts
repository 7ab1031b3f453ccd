/**
 * Finds the values of a graph that hold random bits.
 *
 * The library stores them as the bits of float32 numbers; targets have a type for them. A value
 * holds bits if it is a key, or if an op makes bits or only reads bits from it, or if it is a copy
 * of such a value.
 */
import { identity } from '@mini/autograd/check';
import type { Equation, Graph, Value } from '@mini/autograd/graph';
import { hostOf } from './host-ops.ts';

/** The numbers of the values that hold bits, for a graph and the graphs of its loops. */
export type Words = ReadonlyMap<Graph, ReadonlySet<number>>;

/** Ops that copy elements of their first operand, chosen by other operands. */
const COPIES: ReadonlySet<string> = new Set(['take', 'takeAlongAxis', 'dynamicSlice']);

/** Which operands and results of kernels for random numbers hold bits. */
const KERNELS: Readonly<Record<string, { readonly inputs: readonly boolean[]; readonly output: boolean }>> = {
  keys: { inputs: [true], output: true },
  fold: { inputs: [true, false], output: true },
  bits: { inputs: [true], output: true },
  unit: { inputs: [true], output: false },
  integers: { inputs: [true, true], output: false },
};

/** Groups of values that hold bits if one of them does. */
const groupsOf = (equation: Equation): readonly (readonly Value[])[] => {
  const { op, inputs, outputs, computation } = equation;
  const all = [...inputs, ...outputs];
  if (computation.kind === 'view') return [all];
  if (computation.loops.every((loop) => loop.kind === 'map' && loop.rule === identity)) return [all];
  if (op === 'where') return [[inputs[1], inputs[2], outputs[0]]];
  return COPIES.has(op) ? [[inputs[0], outputs[0]]] : [];
};

export const findWords = (graph: Graph): Words => {
  const words = new Map<Graph, Set<number>>();
  let hasChanged = true;
  const isWord = (own: Graph, { id }: Value): boolean => words.get(own)?.has(id) === true;
  const mark = (own: Graph, value: Value): void => {
    if (isWord(own, value)) return;
    const found = words.get(own) ?? new Set();
    words.set(own, found.add(value.id));
    hasChanged = true;
  };
  const link = (members: readonly (readonly [Graph, Value])[]): void => {
    if (members.some(([own, value]) => isWord(own, value)))
      for (const [own, value] of members) mark(own, value);
  };
  const visit = (own: Graph): void => {
    if (!words.has(own)) words.set(own, new Set());
    const producers = new Map<number, Equation>();
    for (const equation of own.equations) {
      const { inputs, outputs, computation, bodies } = equation;
      for (const { id } of outputs) producers.set(id, equation);
      if (bodies.length > 0) {
        bodies.forEach(visit);
        const host = hostOf(equation);
        for (const group of host.groups(own)) link(group);
        // A single result is used as it is.
        if (host.parts.length === 1) link([host.parts[0].value, [own, outputs[0]]]);
        continue;
      }
      const producer = producers.get(inputs[0]?.id);
      if (producer !== undefined && producer.bodies.length > 0 && computation.kind === 'view') {
        const part = hostOf(producer).partAt(computation.offset, outputs[0].shape);
        if (part !== undefined) link([part.value, [own, outputs[0]]]);
        continue;
      }
      if (computation.kind === 'loops' && computation.loops[0].kind === 'bits') {
        const kernel = KERNELS[computation.loops[0].kernel().name];
        inputs.forEach((input, i) => kernel.inputs[i] && mark(own, input));
        if (kernel.output) mark(own, outputs[0]);
        continue;
      }
      for (const group of groupsOf(equation)) link(group.map((value) => [own, value] as const));
    }
  };
  for (const { value, isKey } of [...graph.inputs, ...graph.results]) if (isKey) mark(graph, value);
  while (hasChanged) {
    hasChanged = false;
    visit(graph);
  }
  return words;
};
