/** `jit`: compiles a function of trees, once for each form and shape of its arguments. */
import { Missing } from '../base/deferred.ts';
import { rangeError, typeError, withOp } from '../base/errors.ts';
import type { Shape } from '../base/shape.ts';
import { compile } from '../compiler/compile.ts';
import { currentInterpreter, eager, isEager } from '../core/interpreter.ts';
import { checkArgnums, checkFunction, checkInteger, checkOptions } from '../core/check.ts';
import { setCompositeRunner } from '../core/composite.ts';
import { debugging, type KeyUse } from '../core/hooks.ts';
import { isRecording } from '../core/record.ts';
import { Tensor } from '../core/tensor.ts';
import { type Elements, Resident } from '../runtime/arena.ts';
import { Program } from '../runtime/program.ts';
import type { AnyFunction, TreeFunction } from '../transforms/any-function.ts';
import { build, type Form, leavesOf, matchForm, rebuild, buildFrom } from '../tree/form.ts';
import { keys } from '../transforms/leaves.ts';
import { traceBody } from './body.ts';
import { runComposite } from './composites.ts';
import { traceFunction } from './trace.ts';
import { type Recorded, callRecorded } from './recorded.ts';
import { flattenArguments } from '../transforms/known-forms.ts';
import { nameOf } from '../transforms/any-function.ts';

export interface JitOptions {
  /**
   * Numbers of arguments that are not used again: the results overwrite their memory. Donate the
   * parameters and the state of a training step that returns new ones.
   */
  readonly donate?: number | readonly number[];
  /** How many compiled forms of the function are kept; default 16. */
  readonly cacheSize?: number;
}

interface Compiled {
  /** The debugging modes that were on while it was traced. */
  readonly watched: typeof debugging;
  readonly keyUses: readonly KeyUse[];
  readonly arguments: readonly { readonly form: Form }[];
  readonly donated: readonly boolean[];
  /** The sources of donated leaves after a call; undefined for other leaves. */
  readonly donatedMarkers: readonly (Missing | undefined)[];
  /** The path of each argument's leaf, for errors. */
  readonly paths: readonly string[];
  readonly program: Program;
  readonly result: Form;
  readonly resultShapes: readonly Shape[];
}

/**
 * Returns a function that computes the same as f, bit for bit, but compiled: traced once for each
 * form and shape of its arguments, with chains of ops merged into few kernels and memory planned in
 * advance. Where f calls compiled functions or `cond`, its derivatives can add cotangents in
 * another order: only the last bits differ then. Mirrors jax.jit.
 *
 * Arguments and results are trees of tensors and random keys. Arguments can also contain typed
 * arrays, such as labels; f receives them as tensors. f must be pure: it runs only while it is
 * traced. What it closes over becomes part of the compiled function. Ops whose results are not used
 * do not run, so they throw no errors. Inside of a derivative, as in `grad(jit(f))`, the function
 * and its pullback are compiled, unless f closes over something that is differentiated: then f
 * itself runs. Inside of `vmap`, f is compiled for all examples at once, unless what the examples
 * share is differentiated.
 *
 * Large results stay in the memory of the compiled function until they are read, or until the next
 * call needs that memory. They are copied then, to new memory, which takes longer than to compute a
 * sum of two large tensors: compile several ops together, because what only they use is not copied.
 * `toString()` of the compiled function shows its equations, kernels and memory.
 *
 * Throws a TypeError for arguments or results that are not such trees, for reading or branching on
 * a value while tracing, and for using a donated argument again.
 *
 * @example
 * const step = jit((w: Tensor, gradient: Tensor) => w.sub(gradient.mul(0.1)), { donate: 0 });
 * let w = tensor([1, 2]);
 * w = step(w, tensor([10, 10]));
 * console.log(w.toArray()); // → [ 0, 1 ]
 */
export function jit<F extends TreeFunction>(f: F, options?: JitOptions): F;
export function jit(f: AnyFunction, options: JitOptions = {}): AnyFunction {
  checkFunction('jit', 'f', f);
  const { donate = [], cacheSize = 16 } = checkOptions('jit', options, ['donate', 'cacheSize']);
  const donated = checkArgnums('jit', 'donate', donate);
  checkInteger('jit', 'cacheSize', cacheSize, 1, 2 ** 16);
  const name = nameOf(f);
  /** The most recently used first. */
  const cache: Compiled[] = [];
  /**
   * Reused by one call at a time; undefined during a call, since reading an argument can run code
   * of the caller that calls again.
   */
  let spare: Tensor[] | undefined = [];

  const recorded: Recorded[] = [];

  const compiled = (...args: unknown[]): unknown => {
    if (!isEager()) {
      const batch = currentInterpreter().examples?.callCompiled(f, { jit, traceBody }, args);
      return batch === undefined ? f(...prepared(args)) : batch.result;
    }
    if (isRecording()) return callRecorded(f, recorded, cacheSize, args);
    const leaves = spare ?? [];
    spare = undefined;
    try {
      const known = lookUp(cache, args, leaves);
      const entry = known ?? add(args, leaves);
      debugging.keys?.call(entry.keyUses, leaves, known === undefined);
      return call(entry, leaves, f);
    } finally {
      // The list must not keep the caller's tensors alive.
      leaves.length = 0;
      spare = leaves;
    }
  };
  const add = (args: readonly unknown[], leaves: Tensor[]): Compiled => {
    leaves.length = 0;
    const entry = trace(f, name, args, donated, leaves);
    cache.unshift(entry);
    for (const old of cache.splice(cacheSize)) old.program.dispose();
    return entry;
  };
  compiled.toString = (): string =>
    cache.length === 0
      ? `jit(${name}): not compiled yet`
      : cache
          .map(({ program }, i) => `jit(${name}), form ${i + 1} of ${cache.length}\n${program}`)
          .join('\n\n');
  return compiled;
}

setCompositeRunner(runComposite);

/** The arguments, with tensors instead of typed arrays, as f receives them when it is compiled. */
const prepared = (args: readonly unknown[]): unknown[] =>
  flattenArguments(args).map(({ form, leaves }) => buildFrom(form, leaves));

/** Finds the entry for arguments of this form, and pushes their leaves to `leaves`. */
const lookUp = (cache: Compiled[], args: readonly unknown[], leaves: Tensor[]): Compiled | undefined => {
  for (let i = 0; i < cache.length; i++) {
    const entry = cache[i];
    leaves.length = 0;
    const { keys, nans } = entry.watched;
    let fits = entry.arguments.length === args.length && keys === debugging.keys && nans === debugging.nans;
    for (let a = 0; fits && a < args.length; a++) fits = matchForm(entry.arguments[a].form, args[a], leaves);
    // Reading the arguments can run code that drops the entry.
    if (cache[i] !== entry) return undefined;
    if (!fits) continue;
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
  const flat = flattenArguments(args);
  const donated = flat.flatMap((own, argnum) => own.leaves.map(() => donate.includes(argnum)));
  const paths = flat.flatMap((own) => own.paths);
  for (const own of flat) for (const leaf of own.leaves) leaves.push(leaf);
  const missing = donate.find((argnum) => argnum >= args.length);
  if (missing !== undefined)
    throw rangeError(
      'jit',
      `missing argument: expected argument ${missing} to donate, got ${args.length} in all`,
    );
  checkDonated(leaves, donated, paths);
  const watched = { ...debugging };
  const { nans } = watched;
  const { inputs, results, outputs, keyUses, extend } = traceFunction('jit', f, flat);
  const resultLeaves = leavesOf(results.form);
  const numbers = results.leaves.filter((_, i) => resultLeaves[i].leaf !== keys);
  const probes = nans === undefined ? [] : [extend(eager, () => nans.probe(numbers))];
  return {
    watched,
    keyUses,
    // Without the arguments' tensors, which would be kept alive.
    arguments: flat.map(({ form }) => ({ form })),
    donated,
    donatedMarkers: leaves.map((leaf, i) => (donated[i] ? donatedMarker(leaf, paths[i], name) : undefined)),
    paths,
    program: makeProgram(inputs, [...outputs, ...probes], {
      donated: new Set(inputs.filter((_, i) => donated[i])),
      keepsInputs: nans !== undefined,
    }),
    result: results.form,
    resultShapes: resultLeaves.map(({ shape }) => shape),
  };
};

const donatedMarker = ({ size }: Tensor, path: string, name: string): Missing =>
  new Missing(
    size,
    `${path} was donated to ${name}`,
    'its memory was used for the results: use those, copy it before by tensor(x.data, x.shape), or do not donate it',
  );

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
    // Tensors that were donated before have an error of their own.
    if (!donated[i] || leaves[i].source instanceof Missing) continue;
    for (let j = 0; j < leaves.length; j++) {
      if (i !== j && leaves[j].source === leaves[i].source) {
        throw typeError(
          'jit',
          `invalid donation: expected a tensor that occurs once, got ${paths[i]}, which is also ${paths[j]}; pass a copy: tensor(x.data, x.shape)`,
        );
      }
    }
  }
};

/** Runs f op by op on the last arguments; throws for the first result that is not finite. */
const findNonFinite = (f: AnyFunction, entry: Compiled, leaves: readonly Tensor[]): void => {
  const values = entry.program.inputs();
  const kept = leaves.map(({ shape }, i) => new Tensor(shape, values[i]));
  // Donated leaves have their elements only in the program, which can overwrite them.
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
