/** Names of arguments and results that people can read, such as `params.hidden.kernel`. */
import type { Graph } from './graph.ts';

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
 * A path begins with the name of its parameter. If all arguments are objects without a name, as in
 * ({ kernel, bias }, { x, y }) => …, the names of their properties are enough, unless two objects
 * have a property of the same name.
 */
export const namesOf = (graph: Graph, parameters: readonly (string | undefined)[]): Names => {
  const used = new Set<string>();
  const unique = (name: string): string => {
    let result = name;
    for (let i = 2; used.has(result); i++) result = `${name}_${i}`;
    used.add(result);
    return result;
  };
  const paths = graph.inputs.map(({ path }) => path);
  const withoutArgument = paths.map((path) => path.replace(/^argument \d+\./, ''));
  const isEnough =
    parameters.every((parameter) => parameter === undefined) &&
    paths.every((path, i) => withoutArgument[i] !== path) &&
    new Set(withoutArgument).size === paths.length;
  const names = isEnough
    ? withoutArgument
    : paths.map((path) =>
        path.replace(
          /^argument (\d+)/,
          (_, index: string) => parameters[Number(index)] ?? `argument${index}`,
        ),
      );
  return { inputs: names.map(unique), results: graph.results.map(({ path }) => unique(path)) };
};
