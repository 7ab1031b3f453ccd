/** Names of arguments and results that people can read, such as `params.hidden.kernel`. */
import type { Graph } from '@mini/autograd/graph';

/** A plain parameter of a function, as it is written in its source. */
const PARAMETER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/**
 * The names of a function's parameters, as far as its source shows them. There are none for
 * functions that the library returns, and for parameters that are patterns.
 */
export const parametersOf = (f: unknown): readonly (string | undefined)[] => {
  const source = Function.prototype.toString.call(f);
  const list =
    /^(?:async\s+)?(?:function\b)?[^(=]*\(([^()]*)\)/.exec(source)?.[1] ??
    /^(?:async\s+)?([^\s(=]+)\s*=>/.exec(source)?.[1];
  return (list ?? '').split(',').map((part) => {
    const [name] = part.split('=');
    return PARAMETER.test(name.trim()) ? name.trim() : undefined;
  });
};

export interface Names {
  readonly inputs: readonly string[];
  readonly results: readonly string[];
}

/**
 * Returns different names for all arguments and results.
 *
 * A path begins with the name of its parameter. If the only argument is an object without a name,
 * as in ({ params, x }) => …, the names of its properties are enough.
 */
export const namesOf = (graph: Graph, parameters: readonly (string | undefined)[]): Names => {
  const used = new Set<string>();
  const unique = (name: string): string => {
    let result = name;
    for (let i = 2; used.has(result); i++) result = `${name}_${i}`;
    used.add(result);
    return result;
  };
  const isObject =
    parameters[0] === undefined && graph.inputs.every(({ path }) => path.startsWith('argument 0.'));
  const nameOf = (path: string): string =>
    isObject
      ? path.slice('argument 0.'.length)
      : path.replace(
          /^argument (\d+)/,
          (_, index: string) => parameters[Number(index)] ?? `argument${index}`,
        );
  const inputs = graph.inputs.map(({ path }) => unique(nameOf(path)));
  return { inputs, results: graph.results.map(({ path }) => unique(path)) };
};
