/** jit: compiles a function of trees of tensors, for each form and shape of the arguments that it is called with. */
import { rangeError, typeError, withOp } from '../base/errors.ts';
import { checkArgnums, checkFunction, checkInteger, checkNoPromise, checkOptions } from '../core/check.ts';
import { Graph } from '../compiler/graph.ts';
import { type Elements, Resident, raiseLimit } from '../runtime/arena.ts';
import { Program } from '../runtime/program.ts';
import { compile } from '../compiler/compile.ts';
import { isTypedArray, vector } from '../ops/creation.ts';
import { eager, isEager, withInterpreter } from '../core/bind.ts';
import { isRecording } from '../core/record.ts';
import type { Shape } from '../base/shape.ts';
import { Tensor } from '../core/tensor.ts';
import {
  type Flat,
  type Form,
  type LeafKind,
  build,
  flatten,
  leavesOf,
  matchForm,
  rebuild,
  tensors,
} from '../tree/form.ts';
import { Key } from '../random/keys.ts';
import { Missing } from '../base/deferred.ts';
import { type KeyUse, debugging } from '../core/hooks.ts';
import type { AnyFunction } from '../transforms/any-function.ts';
import { TracedValue, nodeOf, tracing } from './trace.ts';

export interface JitOptions {
  /**
   * Arguments, by number, that will not be used again: their memory is overwritten by the results. Give the parameters and the state of a training step
   * that returns new ones.
   */
  readonly donate?: number | readonly number[];
  /** How many compiled forms of the function are kept; default 16. */
  readonly cacheSize?: number;
}

const keys: LeafKind = {
  read: (value) => (Key.is(value) ? value.words : undefined),
  wrap: (words) => new Key(words),
};

/** Typed arrays, such as labels, which become tensors. */
const typedArrays: LeafKind = {
  read: (value) => (isTypedArray(value) ? vector('jit', value) : undefined),
  wrap: (leaf) => leaf,
};

const flattenLeaves = (value: unknown, path: string): Flat =>
  flatten(
    'jit',
    value,
    path,
    [tensors, keys, typedArrays],
    'Tensors or random keys',
    'wrap it with tensor(), or close over it',
  );

interface Compiled {
  /** The debugging modes that were on. */
  readonly watched: typeof debugging;
  readonly keyUses: readonly KeyUse[];
  readonly arguments: readonly { readonly form: Form }[];
  readonly donated: readonly boolean[];
  /** What the elements of donated leaves become; the same in every call. */
  readonly donatedMarkers: readonly (Missing | undefined)[];
  /** The path of each argument's leaf, for errors. */
  readonly paths: readonly string[];
  readonly program: Program;
  readonly result: Form;
  readonly resultShapes: readonly Shape[];
}

/**
 * A function that computes the same as f, bit for bit, but compiled: traced once for each form and shape of its arguments, with chains of ops merged into few
 * kernels and memory planned in advance. Mirrors jax.jit.
 *
 * Arguments and results are trees of tensors and random keys; arguments may also be typed arrays, such as labels, which f gets as tensors. f must be pure: it runs only
 * while it is traced. What it closes over becomes part of the compiled function. Inside of a derivative, `grad(jit(f))`, f itself is run;
 * compile the derivative instead: `jit(grad(f))`.
 *
 * Large results stay in the compiled function's memory until they are read or the next call needs the place. `toString()` of the compiled function shows
 * its equations, kernels and memory.
 *
 * Throws a TypeError for arguments or results that are no such trees, for reading or branching on a value while tracing, and for using a donated argument again.
 *
 * @example
 * const step = jit((w: Tensor, gradient: Tensor) => w.sub(gradient.mul(0.1)), { donate: 0 });
 * let w = tensor([1, 2]);
 * w = step(w, tensor([10, 10]));
 * console.log(w.toArray()); // → [ 0, 1 ]
 */
export function jit<F extends AnyFunction>(f: F, options: JitOptions = {}): F {
  checkFunction('jit', 'f', f);
  const { donate = [], cacheSize = 16 } = checkOptions('jit', options, ['donate', 'cacheSize']);
  const donated = checkArgnums('jit', 'donate', donate);
  checkInteger('jit', 'cacheSize', cacheSize, 1, 2 ** 16);
  const name = typeof f.name === 'string' && f.name !== '' ? f.name.slice(0, 100) : 'the function';
  /** The most recently used first. */
  const cache: Compiled[] = [];
  /** Made once and used by one call at a time: reading an argument may run code of the caller that calls again. */
  let spare: Tensor[] | undefined = [];

  const compiled = (...args: unknown[]): unknown => {
    if (!isEager() || isRecording()) return f(...prepared(args));
    const leaves = spare ?? [];
    spare = undefined;
    try {
      const known = lookUp(cache, args, leaves);
      const entry = known ?? add(args, leaves);
      debugging.keys?.call(entry.keyUses, leaves, known === undefined);
      return call(entry, leaves, f);
    } finally {
      // Nothing is kept alive that the caller has let go of.
      leaves.length = 0;
      spare = leaves;
    }
  };
  const add = (args: readonly unknown[], leaves: Tensor[]): Compiled => {
    leaves.length = 0;
    const entry = trace(f, name, args, donated, leaves);
    cache.unshift(entry);
    for (const old of cache.splice(cacheSize)) old.program.arena.dispose();
    return entry;
  };
  compiled.toString = (): string =>
    cache.length === 0
      ? `jit(${name}): not compiled yet`
      : cache
          .map(({ program }, i) => `jit(${name}), form ${i + 1} of ${cache.length}\n${program}`)
          .join('\n\n');
  return compiled as unknown as F;
}

/** The arguments with the typed arrays in them as tensors, as f gets them when it is compiled. */
const prepared = (args: readonly unknown[]): unknown[] =>
  args.map((argument, argnum) => {
    const flat = flattenLeaves(argument, `argument ${argnum}`);
    return rebuild([flat], flat.leaves)[0];
  });

/** Finds what was compiled for arguments of this form, and puts their leaves into `leaves`. */
const lookUp = (cache: Compiled[], args: readonly unknown[], leaves: Tensor[]): Compiled | undefined => {
  for (let i = 0; i < cache.length; i++) {
    const entry = cache[i];
    leaves.length = 0;
    const { keys, nans } = entry.watched;
    let fits = entry.arguments.length === args.length && keys === debugging.keys && nans === debugging.nans;
    for (let a = 0; fits && a < args.length; a++) fits = matchForm(entry.arguments[a].form, args[a], leaves);
    // Reading the arguments may have run code that dropped the entry.
    if (cache[i] !== entry) return undefined;
    if (!fits) continue;
    const { arena } = entry.program;
    if (arena.isDisposed) {
      cache.splice(i, 1);
      raiseLimit(arena);
      return undefined;
    }
    if (i > 0) {
      cache.splice(i, 1);
      cache.unshift(entry);
    }
    return entry;
  }
  return undefined;
};

const trace = (
  f: AnyFunction,
  name: string,
  args: readonly unknown[],
  donate: readonly number[],
  leaves: Tensor[],
): Compiled => {
  const graph = new Graph();
  const flat = args.map((argument, argnum) => flattenLeaves(argument, `argument ${argnum}`));
  const donated = flat.flatMap((own, argnum) => own.leaves.map(() => donate.includes(argnum)));
  const paths = flat.flatMap((own) => own.paths);
  for (const own of flat) for (const leaf of own.leaves) leaves.push(leaf);
  const missing = donate.find((argnum) => argnum >= args.length);
  if (missing !== undefined)
    throw rangeError(
      'jit',
      `missing argument: expected argument ${missing} to donate, got ${args.length} arguments`,
    );
  checkDonated(leaves, donated, paths);
  const inputs = leaves.map((leaf, position) => graph.input(position, leaf.shape));
  const standIns = leaves.map(({ shape }, i) => new Tensor(shape, new TracedValue(graph, inputs[i], name)));
  const interpreter = tracing(graph, name);
  const watched = { ...debugging };
  const { nans } = watched;
  const run = (): unknown => withInterpreter(interpreter, () => f(...rebuild(flat, standIns)));
  const [result, keyUses] = watched.keys?.trace(run, standIns) ?? [run(), []];
  checkNoPromise('jit', name, result);
  const results = flattenLeaves(result, 'result');
  const outputs = results.leaves.map((leaf) => nodeOf(graph, leaf));
  const resultLeaves = leavesOf(results.form);
  if (nans !== undefined) {
    const numbers = results.leaves.filter((_, i) => resultLeaves[i].leaf !== keys);
    outputs.push(
      nodeOf(
        graph,
        withInterpreter(
          () => interpreter(eager),
          () => nans.probe(numbers),
        ),
      ),
    );
  }
  const program = makeProgram(
    inputs,
    outputs,
    new Set(inputs.filter((_, i) => donated[i])),
    nans !== undefined,
  );
  return {
    watched,
    keyUses,
    // Without the arguments' tensors, which are not to be kept.
    arguments: flat.map(({ form }) => ({ form })),
    donated,
    donatedMarkers: leaves.map(({ size }, i) =>
      donated[i]
        ? new Missing(
            size,
            `${paths[i]} was donated to ${name}`,
            'its memory was used for the results: use those, or do not donate it',
          )
        : undefined,
    ),
    paths,
    program,
    result: results.form,
    resultShapes: resultLeaves.map(({ shape }) => shape),
  };
};

const makeProgram = (...args: Parameters<typeof compile>): Program => {
  try {
    return new Program(compile(...args));
  } catch (error) {
    throw withOp('jit', error);
  }
};

const checkDonated = (
  leaves: readonly Tensor[],
  donated: readonly boolean[],
  paths: readonly string[],
): void => {
  for (let i = 0; i < leaves.length; i++) {
    // What was donated before is gone, and has an error of its own.
    if (!donated[i] || leaves[i].source instanceof Missing) continue;
    for (let j = 0; j < leaves.length; j++) {
      if (i !== j && leaves[j].source === leaves[i].source) {
        throw typeError(
          'jit',
          `invalid donation: expected a tensor that is no other argument, got ${paths[i]}, which is also ${paths[j]}`,
        );
      }
    }
  }
};

/** Runs f op by op on the arguments of the last call, to throw for the first op that made NaN or an infinity. */
const findNonFinite = (f: AnyFunction, entry: Compiled, leaves: readonly Tensor[]): void => {
  const values = entry.program.inputs();
  const kept = leaves.map(({ shape }, i) => new Tensor(shape, values[i]));
  // They are in nobody else's memory any more.
  leaves.forEach((leaf, i) => {
    if (entry.donated[i]) leaf.replaceSource(values[i]);
  });
  entry.watched.nans?.run(() => f(...rebuild(entry.arguments, kept)));
};

const call = (entry: Compiled, leaves: readonly Tensor[], f: AnyFunction): unknown => {
  const { donated, donatedMarkers, paths, program, resultShapes } = entry;
  if (donated.includes(true)) checkDonated(leaves, donated, paths);
  const inputs: Elements[] = [];
  for (let i = 0; i < leaves.length; i++) {
    const { source } = leaves[i];
    if (source instanceof Float32Array || source instanceof Resident) inputs.push(source);
    else inputs.push(leaves[i].read('jit') as Float32Array);
    if (inputs[i].length === 0) leaves[i].read('jit');
  }
  const results = program.run(inputs, donated);
  if (entry.watched.nans !== undefined) {
    const check = results.pop();
    if (check instanceof Float32Array && Number.isNaN(check[0])) findNonFinite(f, entry, leaves);
  }
  for (let i = 0; i < leaves.length; i++) {
    const marker = donatedMarkers[i];
    if (marker !== undefined) leaves[i].replaceSource(marker);
  }
  let next = 0;
  return build(entry.result, () => {
    const place = next++;
    return new Tensor(resultShapes[place], results[place]);
  });
};
