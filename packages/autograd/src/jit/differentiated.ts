/**
 * Compiled functions inside of a derivative: a program for the values, and those for the pullback.
 *
 * Both come from one trace of the function and its backward pass. What the backward pass needs and
 * does not depend on cotangents is a result of the first program: a residual.
 */
import { withOp } from '../base/errors.ts';
import type { Shape } from '../base/shape.ts';
import { compile } from '../compiler/compile.ts';
import { type Node, reachable } from '../compiler/graph.ts';
import { type LeafFunction, isEager } from '../core/interpreter.ts';
import { isRecording, recordResults } from '../core/record.ts';
import { Tensor } from '../core/tensor.ts';
import { zeros } from '../ops/creation.ts';
import { isDebugging } from '../core/hooks.ts';
import { resolve } from '../core/replaced.ts';
import { type Elements, Resident } from '../runtime/arena.ts';
import { Program } from '../runtime/program.ts';
import { type Body, traceBody } from './body.ts';
import { pullTogether } from '../transforms/cotangents.ts';
import { withGradients } from '../transforms/with-gradients.ts';

const elementsOf = (x: Tensor): Elements => {
  const { source } = x;
  return source instanceof Resident && source.length > 0 ? source : (x.read('jit') as Float32Array);
};

/** Runs a program. Returns results of the given shapes. */
const run = (program: Program, inputs: readonly Tensor[], shapes: readonly Shape[]): Tensor[] =>
  program
    .run(
      inputs.map(elementsOf),
      inputs.map(() => false),
    )
    .map((elements, i) => new Tensor(shapes[i], elements));

/** The programs of a function, for one form of its arguments and one set of variables. */
export interface Differentiated {
  readonly f: LeafFunction;
  /** Which leaves of the arguments are differentiated. */
  readonly mask: readonly boolean[];
  readonly values: Program;
  /** The shapes of the results, and then of the residuals. */
  readonly shapes: readonly (readonly number[])[];
  readonly resultCount: number;
  /** Returns the program for the gradients with respect to some of the leaves. */
  readonly pullbackFor: (targets: readonly boolean[]) => Program;
  /** Returns the function from leaves and cotangents to these gradients, and its programs. */
  readonly gradientsFor: (targets: readonly boolean[]) => Gradients;
}

/** A function of leaves and cotangents, compiled for each set of differentiated operands. */
interface Gradients {
  readonly f: LeafFunction;
  /** Returns the programs; undefined if it has to run op by op. */
  readonly programsFor: (mask: readonly boolean[]) => Differentiated | undefined;
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

/** Returns a function that calls `make` once for each set of flags. */
const forEachSet = <T>(make: (flags: readonly boolean[]) => T): ((flags: readonly boolean[]) => T) => {
  const made = new Map<string, T>();
  return (flags) => {
    const key = flags.map(Number).join('');
    if (!made.has(key)) made.set(key, make(flags));
    return made.get(key) as T;
  };
};

/** Whether all tensors have elements, in an array or in the memory of a compiled function. */
export const arePlain = (tensors: readonly Tensor[]): boolean =>
  tensors.every(({ source }) => source instanceof Float32Array || source instanceof Resident);

/**
 * Compiles a function of leaves of these shapes inside of a derivative. Returns undefined if it has
 * to run op by op: if it closes over something that is differentiated, or has tangents but no
 * gradient.
 */
export const differentiate = (
  f: LeafFunction,
  shapes: readonly Shape[],
  mask: readonly boolean[],
): Differentiated | undefined => {
  const plain = traceBody('jit', f, shapes);
  if (plain.captured.length > 0) return undefined;
  const resultShapes = plain.outputs.map(({ shape }) => shape);
  let isRefused = false;
  const gradients = withGradients(f, mask, () => (isRefused = true));
  const joint: Body = traceBody('jit', gradients, [...shapes, ...resultShapes]);
  // A rule of customVjp can close over tensors that the function does not close over.
  if (isRefused || joint.captured.length > 0) return undefined;
  const resultCount = resultShapes.length;
  const { residuals, inputs, outputs } = cut(
    joint.outputs.slice(resultCount),
    joint.inputs.slice(shapes.length),
  );
  const results = [...joint.outputs.slice(0, resultCount), ...residuals];
  const compiled = (...args: Parameters<typeof compile>): Program => {
    try {
      return new Program(compile(...args));
    } catch (error) {
      throw withOp('jit', error);
    }
  };
  const variables = [...mask.keys()].filter((i) => mask[i]);
  return {
    f,
    mask,
    values: compiled(joint.inputs.slice(0, shapes.length), results),
    shapes: results.map(({ shape }) => shape),
    resultCount,
    pullbackFor: forEachSet((targets) =>
      compiled(
        inputs,
        outputs.filter((_, i) => targets[variables[i]]),
      ),
    ),
    gradientsFor: forEachSet((targets) => {
      const all = withGradients(f, targets);
      const own: LeafFunction = (...operands) => all(...operands).slice(resultCount);
      const operands = [...shapes, ...resultShapes];
      return { f: own, programsFor: forEachSet((by) => differentiate(own, operands, by)) };
    }),
  };
};

/** Runs a compiled function, and records it with its compiled pullback. */
export const callDifferentiated = (
  { mask, values, shapes, resultCount, pullbackFor, gradientsFor }: Differentiated,
  leaves: readonly Tensor[],
): readonly Tensor[] => {
  const all = run(values, leaves, shapes);
  const [results, residuals] = [all.slice(0, resultCount), all.slice(resultCount)];
  return recordResults('jit', leaves, results, (cts, isNeeded) => {
    const given = results.map(({ shape }, i) => cts[i] ?? zeros(shape));
    const targets = mask.map((own, i) => own && isNeeded[i]);
    const variables = leaves.filter((_, i) => targets[i]);
    return pullTogether(targets, () => {
      if (isEager() && !isRecording())
        return run(
          pullbackFor(targets),
          [...given, ...residuals],
          variables.map(({ shape }) => shape),
        );
      const { f, programsFor } = gradientsFor(targets);
      const operands = [...leaves, ...given].map(resolve);
      const by = operands.map(({ record }) => record !== undefined);
      const compiled = isEager() && !isDebugging() && arePlain(operands) ? programsFor(by) : undefined;
      return compiled === undefined ? f(...operands) : callDifferentiated(compiled, operands);
    });
  });
};
