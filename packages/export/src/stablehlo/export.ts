/** `toStableHLO`. */
import { namesOf, parametersOf, traceGraph } from '@mini/autograd/check';
import type { Graph } from '@mini/autograd/graph';
import { Lowering, checkProgram } from '../lower.ts';
import type { Value } from '../target.ts';
import { typeText } from './names.ts';
import { StableHloTarget } from './target.ts';

const OP = 'toStableHLO';

/** A text in quotes. All bytes except plain characters are written in hexadecimal digits. */
const quoted = (text: string): string =>
  `"${Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    return /[ !#-'*-[\]-~]/.test(character)
      ? character
      : `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('')}"`;

/** The name of an argument or a result, as JAX writes it. */
const named = (attribute: string, name: string): string => ` {jax.${attribute} = ${quoted(name)}}`;

/**
 * Returns a function as StableHLO text, for arguments of the shapes of the examples.
 *
 * f is any function that `jit` takes: its arguments and results are trees of tensors, random keys
 * and typed arrays, and derivatives, `vmap` and loops in it are exported with it. The function of
 * the text takes the leaves of the arguments one after another, and returns those of the result.
 * Each has its path as a name, such as `params.hidden.kernel`. All are float32, except keys, which
 * are `ui32[2]`. Matrix products have full precision, also on GPUs.
 *
 * Throws a TypeError where `jit` does, and for an op that StableHLO cannot express.
 *
 * @example
 * const text = toStableHLO((x: Tensor) => sin(x).mul(2), tensor([1, 2, 3]));
 * console.log(text.includes('stablehlo.sine')); // → true
 */
export function toStableHLO<A extends unknown[]>(f: (...args: A) => unknown, ...examples: A): string {
  const graph = traceGraph(OP, f, examples);
  checkProgram(OP, graph);
  return moduleText(graph, parametersOf(f));
}

const moduleText = (graph: Graph, parameters: readonly (string | undefined)[]): string => {
  const target = new StableHloTarget();
  const lowering = new Lowering(OP, target, graph);
  const names = namesOf(graph, parameters);
  const inputs = graph.inputs.map(({ value }, i): Value => ({
    name: `%arg${i}`,
    shape: value.shape,
    type: lowering.typeOf(graph, value),
  }));
  const results = lowering.lower(graph, inputs);
  target.finish(results);
  const parametersText = inputs.map(
    (input, i) => `${input.name}: ${typeText(input)}${named('arg_info', names.inputs[i])}`,
  );
  const resultsText = results.map(
    (result, i) => `${typeText(result)}${named('result_info', names.results[i])}`,
  );
  return `module @mini {
  func.func public @main(${parametersText.join(', ')}) -> (${resultsText.join(', ')}) {
${target.text}
  }
}
`;
};
