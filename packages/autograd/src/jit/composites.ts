/** Compiles ops that are composed of others, for large operands and for those that come again. */
import { dataKey, sameData } from '../base/plain-data.ts';
import { sizeOf, type Shape } from '../base/shape.ts';
import { compile } from '../compiler/compile.ts';
import { currentInterpreter, eager } from '../core/interpreter.ts';
import type { Composite, CompositeRunner } from '../core/composite.ts';
import { debugging } from '../core/hooks.ts';
import { isRecording } from '../core/record.ts';
import { Tensor } from '../core/tensor.ts';
import { Program } from '../runtime/program.ts';
import { flattenLeaves } from '../transforms/leaves.ts';
import { traceFunction } from './trace.ts';

/** Below this many elements in all operands, ops take hardly longer one by one. */
const FEW = 256;
/**
 * A composite is compiled after it computed this many elements op by op: some 15 ms, as long as it
 * takes to compile the first function of a process.
 */
const WORTH_COMPILING = 2 ** 21;
/** The most bytes of memory that a program may take: less than all programs together. */
const MAX_BYTES = 24 * 2 ** 20;
/** The most composites that are remembered, each with its attributes and shapes. */
const MAX_FORMS = 256;

/** A composite with some attributes, for operands of some shapes. */
interface Form {
  readonly key: string;
  /** How many elements were computed op by op. */
  elements: number;
  /** The number of its last use, counted over all forms. */
  lastUse: number;
  compiled?: { readonly program: Program; readonly shape: Shape };
  /** Whether its program would take too much memory. */
  isTooLarge?: boolean;
  /** Whether it was evicted. Code that still has a reference to it must not use it. */
  isDropped?: boolean;
}

const forms = new Map<string, Form>();
let useCount = 0;

/** Drops the form that was not used for the longest time. */
const dropOldest = (): void => {
  const oldest = [...forms.values()].reduce((a, b) => (a.lastUse < b.lastUse ? a : b));
  oldest.compiled?.program.dispose();
  oldest.isDropped = true;
  forms.delete(oldest.key);
};

const formOf = (key: string): Form => {
  let form = forms.get(key);
  if (form === undefined) {
    if (forms.size === MAX_FORMS) dropOldest();
    forms.set(key, (form = { key, elements: 0, lastUse: 0 }));
  }
  return form;
};

/** What a composite ran on last, for a first operand of some shape. */
interface LastUse {
  readonly shapes: readonly Shape[];
  readonly attrs: unknown;
  readonly form: Form;
}

/** The last uses of each composite, by the shape of its first operand: found faster than a key. */
const lastUses = new WeakMap<object, WeakMap<Shape, LastUse>>();

/** Returns the form of a composite for these inputs. */
const findForm = <A>(composite: Composite<A>, inputs: readonly Tensor[], attrs: A): Form => {
  let uses = lastUses.get(composite);
  if (uses === undefined) lastUses.set(composite, (uses = new WeakMap<Shape, LastUse>()));
  const last = uses.get(inputs[0].shape);
  const isSame =
    last !== undefined &&
    last.form.isDropped !== true &&
    inputs.every(({ shape }, i) => shape === last.shapes[i]) &&
    sameData(attrs, last.attrs);
  if (isSame) return last.form;
  const shapes = inputs.map(({ shape }) => shape);
  const form = formOf(dataKey([composite.compute, attrs, shapes]));
  uses.set(shapes[0], { shapes, attrs, form });
  return form;
};

/** Compiles a composite, unless that takes too much memory. */
const compileForm = (
  name: string,
  f: (...own: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
): Pick<Form, 'compiled' | 'isTooLarge'> => {
  const flat = inputs.map((input) => flattenLeaves(name, input, 'operand'));
  const { inputs: nodes, outputs, results } = traceFunction(name, f, flat);
  const compiled = compile(nodes, outputs);
  if (compiled.plan.bytes > MAX_BYTES) return { isTooLarge: true };
  try {
    return { compiled: { program: new Program(compiled), shape: results.leaves[0].shape } };
  } catch {
    // There is too little memory for a program. Ops one by one need less.
    return { isTooLarge: true };
  }
};

/** Computes composites compiled. What a derivative or an interpreter has to see runs op by op. */
export const runComposite: CompositeRunner = (composite, inputs, attrs) => {
  const { name, compute } = composite;
  if (currentInterpreter() !== eager || isRecording() || debugging.keys !== undefined) return undefined;
  const size = inputs.reduce((total, input) => total + sizeOf(input.shape), 0);
  if (size < FEW) return undefined;
  const form = findForm(composite, inputs, attrs);
  form.lastUse = useCount++;
  if (form.isTooLarge === true) return undefined;
  if (form.compiled === undefined) {
    const isNew = form.elements === 0;
    form.elements += size;
    // Attributes can be new in each call, so the first call never compiles.
    if (isNew || form.elements < WORTH_COMPILING) return undefined;
    Object.assign(
      form,
      compileForm(name, (...own) => compute(own, attrs), inputs),
    );
    if (form.compiled === undefined) return undefined;
  }
  const { program, shape } = form.compiled;
  const [result] = program.compute(inputs.map((input) => input.read(name) as Float32Array));
  return new Tensor(shape, result);
};
