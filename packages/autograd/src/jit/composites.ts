/** Compiles ops that are composed of others, for large operands and for those that come again. */
import { dataKey } from '../base/data-key.ts';
import { type LeafFunction, currentInterpreter, eager } from '../core/bind.ts';
import type { CompositeRunner } from '../core/composite.ts';
import { debugging } from '../core/hooks.ts';
import { isRecording } from '../core/record.ts';
import { Tensor } from '../core/tensor.ts';

/** Below this many elements in all operands, ops take hardly longer one by one. */
const FEW = 256;
/** Above this many, 16 MB, a program would hold too much memory. */
const MANY = 2 ** 22;
/**
 * A composite is compiled after it computed this many elements op by op: some 15 ms, as long as it
 * takes to compile the first function of a process.
 */
const WORTH_COMPILING = 2 ** 21;
/** The most composites that are remembered, each with its attributes and shapes. */
const MOST_FORMS = 256;

/** A composite with some attributes, for operands of some shapes. */
interface Form {
  /** How many elements were computed op by op. */
  elements: number;
  /** Undefined until it is worth compiling. */
  compiled?: LeafFunction;
  hasFailed?: boolean;
}

const forms = new Map<string, Form>();

/**
 * Returns the tensor with another view of its elements, which a program copies anew. It keeps what
 * it has of a view that it knows, and would not see code that writes to `data`, as ops do.
 */
const asNew = (x: Tensor): Tensor => {
  const { source } = x;
  return source instanceof Float32Array ? new Tensor(x.shape, source.subarray()) : x;
};

/**
 * Returns a runner that compiles composites with `jit`. What a derivative or another interpreter
 * has to see runs op by op.
 */
export const compositeRunner =
  (jit: (f: LeafFunction) => LeafFunction): CompositeRunner =>
  ({ name, compute }, inputs, attrs) => {
    if (currentInterpreter() !== eager || isRecording() || debugging.keys !== undefined) return undefined;
    const size = inputs.reduce((total, input) => total + input.size, 0);
    if (size < FEW || size > MANY) return undefined;
    const key = dataKey([name, attrs, inputs.map(({ shape }) => shape)]);
    let form = forms.get(key);
    if (form === undefined) {
      if (forms.size === MOST_FORMS) forms.clear();
      // Attributes can be new in each call, so the first call never compiles.
      forms.set(key, (form = { elements: size }));
      return undefined;
    }
    form.elements += size;
    if (form.elements < WORTH_COMPILING || form.hasFailed === true) return undefined;
    form.compiled ??= jit((...own) => [compute(own, attrs)]);
    try {
      const [result] = form.compiled(...inputs.map(asNew));
      // An op returns elements of its own, which do not keep the program's memory.
      return new Tensor(result.shape, result.read(name));
    } catch {
      // There may be too little memory for a program, or an operand that cannot be read. Ops one by
      // one need less, and their errors say more.
      form.hasFailed = true;
      return undefined;
    }
  };
