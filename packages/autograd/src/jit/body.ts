/** The body of a loop: a function that is traced once, with what it closes over as operands. */
import { Missing } from '../base/deferred.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import { compile } from '../compiler/compile.ts';
import { Graph, type Node } from '../compiler/graph.ts';
import { type Interpreter, withInterpreter } from '../core/bind.ts';
import { nextRecordId } from '../core/record.ts';
import { type Source, Tensor } from '../core/tensor.ts';
import { StepProgram } from '../runtime/step-program.ts';
import { TracedValue, addNode, asFloat32 } from './trace.ts';

/** A function of leaves, on the leaves of trees. */
export type LeafFunction = (...leaves: readonly Tensor[]) => readonly Tensor[];

export interface Body {
  /** The nodes of the arguments, then those of `captured`. */
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  /**
   * The tensors that the function closes over and that are differentiated, batched or being traced:
   * operands like its arguments.
   */
  readonly captured: readonly Tensor[];
}

/** Whether a tensor from outside has to be an operand, as opposed to a constant. */
const isForeign = ({ record, source }: Tensor): boolean => record !== undefined || source instanceof Missing;

/**
 * Returns the tensor that a variable copies, unless it is older than record number `first`.
 *
 * The function makes a new variable whenever it runs, but of the same tensor.
 */
const originOf = (x: Tensor, first: number): Tensor =>
  x.record?.op === 'variable' && x.record.id >= first ? originOf(x.record.inputs[0], first) : x;

/** Traces `f` once, for arguments of the given shapes. */
export const traceBody = (name: string, f: LeafFunction, shapes: readonly Shape[]): Body => {
  const graph = new Graph();
  const first = nextRecordId();
  const captured: Tensor[] = [];
  /**
   * By tensor if it is differentiated, since others can share its elements; else by its elements.
   */
  const capturedNodes = new Map<Tensor | Source, Node>();
  const inputs = shapes.map((shape, position) => graph.input(position, shape));
  const isOwn = ({ source }: Tensor): boolean => source instanceof TracedValue && source.graph === graph;
  const nodeOf = (x: Tensor): Node => {
    const { shape, source } = x;
    if (source instanceof TracedValue && source.graph === graph) return source.node;
    if (!isForeign(x)) return graph.constant(shape, asFloat32(x.read(name)));
    const origin = originOf(x, first);
    const key = origin.record === undefined ? source : origin;
    let node = capturedNodes.get(key);
    if (node === undefined) {
      node = graph.input(shapes.length + captured.length, shape);
      captured.push(origin);
      capturedNodes.set(key, node);
    }
    return node;
  };
  const tracing =
    (around: Interpreter): Interpreter =>
    (primitive, operands, attrs, lowered) => {
      if (!operands.some((x) => isOwn(x) || isForeign(x))) return around(primitive, operands, attrs, lowered);
      if (sizeOf(lowered.shape) === 0) return new Float32Array(0);
      return addNode(graph, name, primitive, operands, nodeOf, attrs, lowered);
    };
  const tracers = inputs.map((node, i) => new Tensor(shapes[i], new TracedValue(graph, node, name)));
  const results = withInterpreter(tracing, () => f(...tracers));
  const outputs = results.map(nodeOf);
  return { inputs: [...inputs, ...captured.map((x) => nodeOf(x))], outputs, captured };
};

/** Compiles a body to a program that computes `outputs`. */
export const compileBody = ({ inputs }: Body, outputs: readonly Node[]): StepProgram =>
  new StepProgram(compile(inputs, outputs, new Set(), false));
