/** Traces the body of a loop once. Tensors that the body closes over become operands. */
import { Missing } from '../base/deferred.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import { frozen } from '../base/frozen-shape.ts';
import { compile } from '../compiler/compile.ts';
import { Graph, type Node, replaceNodes } from '../compiler/graph.ts';
import { withoutRecord } from '../core/bind.ts';
import { type Interpreter, type LeafFunction, withInterpreter } from '../core/interpreter.ts';
import { nextRecordId, recordedBefore } from '../core/record.ts';
import { type Source, Tensor } from '../core/tensor.ts';
import { StepProgram } from '../runtime/step-program.ts';
import { TracedValue, addNode, asFloat32 } from './trace.ts';

export interface Body {
  /** The nodes of the arguments, then those of `captured`. */
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  /**
   * The tensors that the function closes over, if they are differentiated, batched or being traced.
   * They are operands, like its arguments.
   */
  readonly captured: readonly Tensor[];
}

/**
 * Returns the tensor that a variable copies, or the variable itself if its record is older than
 * `first`.
 *
 * Each run of the function makes a new variable of the same tensor, so the variable cannot identify
 * the tensor.
 */
const originOf = (x: Tensor, first: number): Tensor =>
  x.record?.op === 'variable' && x.record.id >= first ? originOf(x.record.inputs[0], first) : x;

/** Traces `f` once, for arguments of the given shapes. */
export const traceBody = (name: string, f: LeafFunction, shapes: readonly Shape[]): Body => {
  const graph = new Graph();
  const first = nextRecordId();
  const captured: Tensor[] = [];
  /**
   * The key is the tensor if it is differentiated, because other tensors can share its elements;
   * otherwise the key is its source.
   */
  const capturedNodes = new Map<Tensor | Source, Node>();
  const inputs = shapes.map((shape, position) => graph.input(position, frozen(shape)));
  /**
   * Whether a tensor has to be an operand, as opposed to a constant. Known elements that the
   * function made itself are constants, such as those of an empty result.
   */
  const isForeign = (x: Tensor): boolean => {
    if (x.source instanceof Missing) return true;
    const { record } = originOf(x, first);
    return record !== undefined && record.id < first;
  };
  const isOwn = ({ source }: Tensor): boolean => source instanceof TracedValue && source.graph === graph;
  const nodeOfForeign = (x: Tensor): Node => {
    const { shape, source } = x;
    const origin = originOf(x, first);
    // A record from inside stays inside: the records that it leads to are operands themselves.
    const isRecorded = origin.record !== undefined && origin.record.id < first;
    const key = isRecorded ? origin : source;
    let node = capturedNodes.get(key);
    if (node === undefined) {
      node = graph.input(shapes.length + captured.length, shape);
      captured.push(isRecorded ? origin : withoutRecord(origin));
      capturedNodes.set(key, node);
    }
    return node;
  };
  const nodeOf = (x: Tensor): Node => {
    const { shape, source } = x;
    if (source instanceof TracedValue && source.graph === graph) return source.node;
    return isForeign(x) ? nodeOfForeign(x) : graph.constant(shape, asFloat32(x.read(name)));
  };
  const tracing =
    (around: Interpreter): Interpreter =>
    (primitive, operands, attrs, lowered) => {
      if (!operands.some((x) => isOwn(x) || isForeign(x))) return around(primitive, operands, attrs, lowered);
      if (sizeOf(lowered.shape) === 0) return new Float32Array(0);
      return addNode(graph, name, primitive, operands, nodeOf, attrs, lowered, name);
    };
  const tracers = inputs.map((node) => new Tensor(node.shape, new TracedValue(graph, node, name, name)));
  const results = withInterpreter(tracing, () => f(...tracers));
  const outputs = results.map(nodeOf);
  // Ops that are given by functions compute with constants, but their records have the operands.
  for (const x of recordedBefore(results, first)) nodeOfForeign(x);
  graph.isTraced = true;
  return {
    inputs: [...inputs, ...captured.map(nodeOfForeign)],
    outputs: replaceNodes(outputs, graph.known),
    captured,
  };
};

/**
 * Makes the body that is being traced read the elements of the second tensor instead of computing
 * the first one. Does nothing unless both are nodes of that body; inside of `vmap`, they are not.
 */
export const useElements = ({ source: computed }: Tensor, { source: known }: Tensor): void => {
  if (!(computed instanceof TracedValue && known instanceof TracedValue)) return;
  if (computed.graph === known.graph) computed.graph.known.set(computed.node, known.node);
};

/**
 * Compiles a body to a program that computes its outputs.
 *
 * In a loop, the first `carries` outputs become the first inputs of the next step, so a run may
 * overwrite these inputs.
 */
export const compileBody = (
  { inputs, outputs }: Pick<Body, 'inputs' | 'outputs'>,
  carries: number,
): StepProgram =>
  new StepProgram(
    compile(inputs, outputs, { donated: new Set(inputs.slice(0, carries)), losesInputs: true }),
    carries,
  );
