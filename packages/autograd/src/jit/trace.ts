/** Recording what a function computes: ops on tensors whose elements are not known become nodes of a graph. */
import { execute } from '../runtime/execute.ts';
import type { Graph, Node } from '../compiler/graph.ts';
import type { Loop } from '../compiler/loops.ts';
import type { Interpreter } from '../core/bind.ts';
import { loopsOf } from '../core/primitive.ts';
import { Traced } from '../base/deferred.ts';
import { sizeOf } from '../base/shape.ts';
import { type Storage, type Tensor, isTraced } from '../core/tensor.ts';

/** A tensor of a function that is being compiled. */
export class TracedValue extends Traced {
  readonly node: Node;
  readonly graph: Graph;

  constructor(graph: Graph, node: Node, name: string) {
    super(
      node.size,
      `a value that is not known while ${name} is compiled`,
      'use where() instead of branching on it, return it to read it, or compute it outside',
    );
    this.graph = graph;
    this.node = node;
  }
}

/** Results of known elements are computed while tracing if they have at most so many elements. */
const FOLDED = 256;

/** A loop whose result does not depend on any element. */
const isVacuous = (loop: Loop): boolean => loop.kind === 'reduce' && sizeOf(loop.sizes) === 0;

/**
 * Adds a node to the graph for every op, for the function `name`. The interpreter around it computes
 * small results of known elements.
 */
export const tracing =
  (graph: Graph, name: string) =>
  (around: Interpreter): Interpreter =>
  (primitive, inputs, attrs, lowered) => {
    const { kind, shape } = lowered;
    const isKnown = inputs.every((input) => !isTraced(input));
    const size = sizeOf(shape);
    if (isKnown && (size <= FOLDED || kind === 'view')) return around(primitive, inputs, attrs, lowered);
    if (size === 0) return new Float32Array(0);
    const nodes = inputs.map((input) => nodeOf(graph, input));
    const node = graph.op(primitive, attrs, shape, nodes, () =>
      kind === 'view'
        ? { kind, offset: lowered.offset }
        : {
            kind: 'loops',
            loops: loopsOf(
              lowered,
              inputs.map((input) => input.shape),
            ),
          },
    );
    const { definition } = node;
    if (definition.kind === 'loops' && definition.loops.some(isVacuous))
      return execute(definition.loops, [], size);
    return new TracedValue(graph, node, name);
  };

/** The node of a tensor: its own, or a constant. */
export const nodeOf = (graph: Graph, x: Tensor): Node => {
  const { shape, source } = x;
  if (!(source instanceof TracedValue)) return graph.constant(shape, asFloat32(x.read('jit')));
  if (source.graph !== graph) source.read();
  return source.node;
};

const asFloat32 = (elements: Storage): Float32Array =>
  elements instanceof Float32Array ? elements : Float32Array.from(elements);
