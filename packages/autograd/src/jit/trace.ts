/** Traces a function: ops on tensors with unknown elements become nodes of a graph. */
import { Traced } from '../base/deferred.ts';
import { typeError } from '../base/errors.ts';
import { sizeOf } from '../base/shape.ts';
import { Graph, type Node } from '../compiler/graph.ts';
import type { Loop } from '../compiler/loops.ts';
import { type Interpreter, withInterpreter } from '../core/interpreter.ts';
import { checkNoPromise } from '../core/check.ts';
import { debugging, type KeyUse } from '../core/hooks.ts';
import { type Lowered, type Primitive, loopsOf } from '../core/primitive.ts';
import { isTraced, type Source, type Storage, Tensor } from '../core/tensor.ts';
import { execute } from '../runtime/execute.ts';
import type { AnyFunction } from '../transforms/any-function.ts';
import { flattenLeaves } from '../transforms/leaves.ts';
import { type Flat, rebuild } from '../tree/form.ts';
import { nameOf } from '../transforms/any-function.ts';

/** The elements of a tracer: a tensor of a function that is being traced. */
export class TracedValue extends Traced {
  readonly node: Node;
  readonly graph: Graph;
  readonly #name: string;

  constructor(graph: Graph, node: Node, name: string, op: string = 'jit') {
    super(
      node.size,
      `a value that is not known while ${name} is compiled`,
      'use where() instead of branching on it, return it to read it, or compute it outside',
      op,
    );
    this.graph = graph;
    this.node = node;
    this.#name = name;
  }

  override read(): never {
    if (!this.graph.isTraced) return super.read();
    const name = this.#name;
    throw typeError(
      this.op,
      `a value that was kept from when ${name} was compiled: expected one that ${name} returned`,
    );
  }
}

/** Results of known elements with at most this many elements are computed while tracing. */
const MAX_FOLDED = 256;

/** Whether the result of a loop does not depend on any element. */
const isVacuous = (loop: Loop): boolean => loop.kind === 'reduce' && sizeOf(loop.sizes) === 0;

/**
 * Adds a node to the graph for every op of the function `name`. The interpreter around it computes
 * small results of known elements.
 */
const tracing =
  (graph: Graph, name: string, op: string) =>
  (around: Interpreter): Interpreter =>
  (primitive, inputs, attrs, lowered) => {
    const { kind, shape } = lowered;
    const size = sizeOf(shape);
    if (!inputs.some(isTraced) && (size <= MAX_FOLDED || kind === 'view'))
      return around(primitive, inputs, attrs, lowered);
    if (size === 0) return new Float32Array(0);
    return addNode(graph, name, primitive, inputs, (input) => nodeOf(graph, input), attrs, lowered, op);
  };

/** Adds a node for an op to a graph, and returns the source of its result. */
export const addNode = <A>(
  graph: Graph,
  name: string,
  primitive: Primitive<A>,
  inputs: readonly Tensor[],
  nodeOfInput: (input: Tensor) => Node,
  attrs: A,
  lowered: Lowered,
  op: string = 'jit',
): Source => {
  const { kind, shape } = lowered;
  const shapes = inputs.map((input) => input.shape);
  const node = graph.op(primitive, attrs, shape, inputs.map(nodeOfInput), () =>
    kind === 'view' ? { kind, offset: lowered.offset } : { kind: 'loops', loops: loopsOf(lowered, shapes) },
  );
  const { definition } = node;
  if (definition.kind === 'loops' && definition.loops.some(isVacuous))
    return execute(definition.loops, [], sizeOf(shape));
  return new TracedValue(graph, node, name, op);
};

/** The node of a tensor: its own, or a constant. */
const nodeOf = (graph: Graph, x: Tensor): Node => {
  const { shape, source } = x;
  if (!(source instanceof TracedValue)) return graph.constant(shape, asFloat32(x.read('jit')));
  if (source.graph !== graph) source.read();
  return source.node;
};

export const asFloat32 = (elements: Storage): Float32Array =>
  elements instanceof Float32Array ? elements : Float32Array.from(elements);

export interface Trace {
  readonly inputs: readonly Node[];
  readonly results: Flat;
  readonly outputs: readonly Node[];
  readonly keyUses: readonly KeyUse[];
  /** Traces more ops of the function: they are computed by `around` where all is known. */
  readonly extend: (around: Interpreter, f: () => Tensor) => Node;
}

/** Calls `f` with tensors with unknown elements, in the shapes of `args`. Errors name `op`. */
export const traceFunction = (op: string, f: AnyFunction, args: readonly Flat[]): Trace => {
  const graph = new Graph();
  const name = nameOf(f);
  const interpreter = tracing(graph, name, op);
  const leaves = args.flatMap((own) => own.leaves);
  const inputs = leaves.map(({ shape }, position) => graph.input(position, shape));
  const tracers = leaves.map(
    ({ shape }, i) => new Tensor(shape, new TracedValue(graph, inputs[i], name, op)),
  );
  const run = (): unknown => withInterpreter(interpreter, () => f(...rebuild(args, tracers)));
  const [result, keyUses] = debugging.keys?.trace(run, tracers) ?? [run(), []];
  checkNoPromise(op, name, result);
  const results = flattenLeaves(op, result, 'result');
  const outputs = results.leaves.map((leaf) => nodeOf(graph, leaf));
  graph.isTraced = true;
  return {
    inputs,
    results,
    outputs,
    keyUses,
    extend: (around, more) =>
      nodeOf(
        graph,
        withInterpreter(() => interpreter(around), more),
      ),
  };
};
