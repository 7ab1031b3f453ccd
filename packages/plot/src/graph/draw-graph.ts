/** `drawGraph`, as `@mini/plot/graph`: a picture of a traced program and of its gradient. */
import { type Tensor, valueAndGrad } from '@mini/autograd';
import { checkFunction, formatShape, namesOf, parametersOf, traceGraph } from '@mini/autograd/check';
import type { Equation, Graph, Value } from '@mini/autograd/graph';
import type { Arrow, Box, Diagram, Kind } from './diagram.ts';
import { place } from './layout.ts';
import { toSvg } from './svg.ts';

const OP = 'drawGraph';

/** A traced function, with what the picture calls its arguments and results. */
interface Program {
  readonly caption: string;
  readonly graph: Graph;
  readonly inputs: readonly string[];
  readonly results: readonly string[];
  /** Whether a value belongs to the gradient, rather than to the function itself. */
  readonly isGradient: (value: Value) => boolean;
}

/** Whether `grad` accepts a function: it returns one number, and its first argument has no key. */
const hasGradient = ({ inputs, results }: Graph, args: readonly unknown[]): boolean =>
  results.length === 1 &&
  results[0].path === 'result' &&
  !results[0].isKey &&
  results[0].value.shape.length === 0 &&
  !ArrayBuffer.isView(args[0]) &&
  inputs.some(({ path }) => path.startsWith('argument 0')) &&
  inputs.every(({ path, isKey }) => !isKey || !path.startsWith('argument 0'));

/** Returns the values that `value` is computed from, and itself. */
const ancestors = ({ equations }: Graph, value: Value): ReadonlySet<Value> => {
  const found = new Set([value]);
  for (const { inputs, outputs } of [...equations].reverse())
    if (outputs.some((output) => found.has(output))) for (const input of inputs) found.add(input);
  return found;
};

const traceProgram = <A extends unknown[]>(f: (...args: A) => unknown, args: A): Program => {
  const graph = traceGraph(OP, f, args);
  const { inputs, results } = namesOf(graph, parametersOf(f));
  const caption = '';
  if (!hasGradient(graph, args)) return { caption, graph, inputs, results, isGradient: () => false };
  const both = traceGraph(OP, valueAndGrad(f as unknown as (...tensors: Tensor[]) => Tensor), args as never);
  const own = ancestors(both, both.results[0].value);
  const variables = graph.inputs.flatMap(({ path }, i) => (path.startsWith('argument 0') ? [inputs[i]] : []));
  return {
    caption,
    graph: both,
    inputs,
    results: ['result', ...variables.map((name) => `gradient of ${name}`)],
    isGradient: (value) => !own.has(value),
  };
};

/** The programs that loops and branches of a program run, and those inside of these. */
const bodiesOf = ({ caption, graph, isGradient }: Program): Program[] =>
  graph.equations.flatMap(({ op, bodies, outputs }) =>
    bodies.flatMap((body, i) => {
      const which = bodies.length === 1 ? '' : ` ${i + 1}`;
      const program: Program = {
        caption: `inside ${op}${which}${caption === '' ? '' : `, ${caption}`}`,
        graph: body,
        inputs: body.inputs.map(({ path }) => path),
        results: body.results.map(({ path }) => path),
        isGradient: () => isGradient(outputs[0]),
      };
      return [program, ...bodiesOf(program)];
    }),
  );

const shapeOf = ({ shape }: Value): string => (shape.length === 0 ? '' : formatShape(shape));

const describe = ({ op, params }: Equation): string =>
  Object.keys(params).length === 0 ? op : `${op} ${JSON.stringify(params)}`;

/** Returns the boxes and arrows of a program. */
const diagramOf = ({ caption, graph, inputs, results, isGradient }: Program): Diagram => {
  const boxes: Box[] = [];
  const arrows: Arrow[] = [];
  const places = new Map<Value, number>();
  const push = (kind: Kind, label: string, value: Value, title: string): number =>
    boxes.push({ kind, label, detail: shapeOf(value), title: `${title} ${formatShape(value.shape)}` }) - 1;
  graph.inputs.forEach(({ value }, i) => places.set(value, push('input', inputs[i], value, inputs[i])));
  for (const { value, data } of graph.constants) {
    const isUniform = data.length > 0 && data.every((element) => Object.is(element, data[0]));
    const text = isUniform ? String(Number(data[0].toPrecision(4))) : 'constant';
    places.set(value, push('constant', text, value, isUniform ? `constant ${data[0]}` : 'constant'));
  }
  for (const equation of graph) {
    const [output] = equation.outputs;
    const kind = isGradient(output) ? 'gradient' : 'value';
    const to = push(kind, equation.op, output, describe(equation));
    places.set(output, to);
    for (const input of equation.inputs) arrows.push({ from: places.get(input) as number, to });
  }
  graph.results.forEach(({ value }, i) => {
    const isResult = !results[i].startsWith('gradient of ') && !isGradient(value);
    const to = push(isResult ? 'result' : 'gradient-result', results[i], value, results[i]);
    arrows.push({ from: places.get(value) as number, to });
  });
  return { caption, boxes, arrows };
};

/**
 * Returns a picture of the program that f is, and of its gradient, as the text of an SVG.
 *
 * Boxes are the ops, in blue, with the shapes of their results; arrows lead from operands to
 * results. If `grad` accepts f, the ops of the gradient with respect to the first argument follow,
 * in orange. The programs that loops and branches run are drawn below. A pointer on a box shows
 * the op's parameters. The picture has colours for light and for dark surroundings.
 *
 * The gradient exists for one result that is a number: one of another shape, or several, gives the
 * program alone. So return `[y]` instead of `y` for a picture without the gradient. Draw f itself,
 * not `grad(f)`: that is an ordinary function, whose own gradient would be drawn. Arguments are
 * called as in the text of f, and by number where that has no names.
 *
 * The arguments are as for `makeGraph`: only their shapes matter. f must be pure; it runs once,
 * and once more for its gradient.
 *
 * Throws a TypeError for arguments or results that are not trees of tensors, where f reads a value
 * or branches on it, and where the gradient does not exist, as that of `whileLoop`.
 *
 * @example
 * const svg = drawGraph((x: Tensor) => sin(mul(x, x)), tensor(0.7));
 * writeFileSync('sine.svg', svg);
 * console.log(svg.match(/gradient of \w+/)?.[0]); // → gradient of x
 */
export function drawGraph<A extends unknown[]>(f: (...args: A) => unknown, ...args: A): string {
  checkFunction(OP, 'f', f);
  const program = traceProgram(f, args);
  const diagrams = [program, ...bodiesOf(program)].map((part) => place(diagramOf(part)));
  const name = f.name === '' ? 'a function' : f.name;
  return toSvg(`The graph of ${name}`, diagrams);
}
