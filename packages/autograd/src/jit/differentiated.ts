/**
 * Compiled functions inside of a derivative: a program for the values, and one for the pullback.
 *
 * Both come from one trace of the function and its backward pass. What the backward pass needs and
 * does not depend on cotangents is a result of the first program: a residual.
 */
import { withOp } from '../base/errors.ts';
import { type CompiledProgram, compile } from '../compiler/compile.ts';
import { type Node, reachable } from '../compiler/graph.ts';
import { type LeafFunction, isEager } from '../core/interpreter.ts';
import { isRecording, recordResults, recording } from '../core/record.ts';
import { Tensor } from '../core/tensor.ts';
import { zeros } from '../ops/creation.ts';
import { type Elements, Resident } from '../runtime/arena.ts';
import { Program } from '../runtime/program.ts';
import { variable } from '../transforms/variable.ts';
import { type Body, traceBody } from './body.ts';
import { backwardOrZeros, pullTogether } from '../transforms/cotangents.ts';

/** A program that is linked again if its memory was released. */
class Renewable {
  readonly #compiled: CompiledProgram;
  #program: Program | undefined;

  constructor(compiled: CompiledProgram) {
    this.#compiled = compiled;
  }

  run(inputs: readonly Tensor[]): Elements[] {
    if (this.#program === undefined || this.#program.arena.isDisposed)
      this.#program = new Program(this.#compiled);
    return this.#program.run(
      inputs.map(elementsOf),
      inputs.map(() => false),
    );
  }
}

const elementsOf = (x: Tensor): Elements => {
  const { source } = x;
  return source instanceof Resident ? source : (x.read('jit') as Float32Array);
};

/** The two programs of a function, for one form of its arguments and one set of variables. */
export interface Differentiated {
  /** Which leaves of the arguments are differentiated. */
  readonly mask: readonly boolean[];
  readonly values: Renewable;
  readonly pullback: Renewable;
  /** The shapes of the results, and then of the residuals. */
  readonly shapes: readonly (readonly number[])[];
  readonly resultCount: number;
}

/**
 * Splits the nodes of a backward pass: returns the residuals, and the gradients computed from them.
 */
const cut = (
  gradients: readonly Node[],
  cotangents: readonly Node[],
): { residuals: Node[]; inputs: Node[]; outputs: Node[] } => {
  const dependent = new Set(cotangents);
  const residuals: Node[] = [];
  const copies = new Map<Node, Node>();
  const inputs: Node[] = [];
  const asInput = (node: Node): Node => {
    const input: Node = {
      ...node,
      op: 'input',
      params: undefined,
      definition: { kind: 'input', position: inputs.length },
      inputs: [],
    };
    inputs.push(input);
    copies.set(node, input);
    return input;
  };
  for (const cotangent of cotangents) asInput(cotangent);
  const copyOf = (node: Node): Node => {
    const copy = copies.get(node);
    if (copy !== undefined || node.definition.kind === 'constant') return copy ?? node;
    residuals.push(node);
    return asInput(node);
  };
  for (const node of reachable(gradients)) {
    if (dependent.has(node) || !node.inputs.some((input) => dependent.has(input))) continue;
    dependent.add(node);
    copies.set(node, { ...node, inputs: node.inputs.map(copyOf) });
  }
  return { residuals, outputs: gradients.map(copyOf), inputs };
};

/** Returns a function of leaves and cotangents that returns results and gradients. */
const withGradients =
  (f: LeafFunction, mask: readonly boolean[]): LeafFunction =>
  (...all) => {
    const leaves = all.slice(0, mask.length).map((x, i) => (mask[i] ? variable(x) : x));
    const outs = recording(() => f(...leaves));
    const variables = leaves.filter((_, i) => mask[i]);
    return [...outs, ...backwardOrZeros(outs, all.slice(mask.length), variables)];
  };

/**
 * Compiles a function of leaves inside of a derivative. Returns undefined if it closes over
 * something that is differentiated: then it has to run op by op.
 */
export const differentiate = (
  f: LeafFunction,
  leaves: readonly Tensor[],
  mask: readonly boolean[],
): Differentiated | undefined => {
  const shapes = leaves.map(({ shape }) => shape);
  const plain = traceBody('jit', f, shapes);
  if (plain.captured.length > 0) return undefined;
  const resultShapes = plain.outputs.map(({ shape }) => shape);
  const joint: Body = traceBody('jit', withGradients(f, mask), [...shapes, ...resultShapes]);
  const count = resultShapes.length;
  const { residuals, inputs, outputs } = cut(joint.outputs.slice(count), joint.inputs.slice(leaves.length));
  try {
    const results = [...joint.outputs.slice(0, count), ...residuals];
    return {
      mask,
      values: new Renewable(compile(joint.inputs.slice(0, leaves.length), results)),
      pullback: new Renewable(compile(inputs, outputs)),
      shapes: results.map(({ shape }) => shape),
      resultCount: count,
    };
  } catch (error) {
    throw withOp('jit', error);
  }
};

/** Runs a compiled function, and records it with its compiled pullback. */
export const callDifferentiated = (
  { mask, values, pullback, shapes, resultCount }: Differentiated,
  f: LeafFunction,
  leaves: readonly Tensor[],
): readonly Tensor[] => {
  const all = values.run(leaves).map((elements, i) => new Tensor(shapes[i], elements));
  const [results, residuals] = [all.slice(0, resultCount), all.slice(resultCount)];
  return recordResults('jit', leaves, results, (cts) => {
    const given = results.map(({ shape }, i) => cts[i] ?? zeros(shape));
    return pullTogether(mask, () => {
      const isPlain = isEager() && !isRecording();
      if (!isPlain) return withGradients(f, mask)(...leaves, ...given).slice(resultCount);
      const targets = leaves.filter((_, i) => mask[i]);
      return pullback
        .run([...given, ...residuals])
        .map((elements, i) => new Tensor(targets[i].shape, elements));
    });
  });
};
