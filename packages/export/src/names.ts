/** Names of arguments and results that people can read, such as `params.hidden.kernel`. */
import type { Graph } from '@mini/autograd/graph';

/** The start of a function with plain parameters: of an arrow function, a function or a method. */
const PLAIN_PARAMETERS = [
  /^(?:async\s+)?(?:function\b)?\s*[\p{ID_Continue}$]*\s*\(([\p{ID_Continue}$\s,]*)\)\s*(?:=>|\{)/u,
  /^(?:async\s+)?([\p{ID_Continue}$]+)\s*=>/u,
];

/**
 * The names of a function's parameters, as its source shows them. There are none for functions that
 * the library returns, and for functions with a parameter that is more than a name.
 */
export const parametersOf = (f: unknown): readonly (string | undefined)[] => {
  const source = Function.prototype.toString.call(f);
  const [list = ''] = PLAIN_PARAMETERS.flatMap((pattern) => pattern.exec(source)?.[1] ?? []);
  return list.split(',').map((part) => (part.trim() === '' ? undefined : part.trim()));
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
