/** Lowers a graph: every equation becomes operations of a target. */
import { rangeError, typeError, sizeOf } from '@mini/autograd/check';
import type { Equation, Graph, Value as GraphValue } from '@mini/autograd/graph';
import { sliceAxis } from './arrays.ts';
import { lowerDirect } from './direct-ops.ts';
import { bodyInputs, hostOf, paramsOf } from './host-ops.ts';
import { type ElementaryTarget, isLowerable, lowerLoops } from './loops.ts';
import type { Body, ElementType, Value } from './target.ts';
import { lowerWindows } from './windows.ts';
import { type Words, findWords } from './words.ts';

/** Reads the bits of float32 numbers as unsigned integers. */
const bitsOf = (data: Float32Array): Uint32Array => new Uint32Array(data.slice().buffer);

/** Lowers a graph and the graphs of its loops. Errors name `op`, the exporting function. */
export class Lowering {
  readonly #op: string;
  readonly #target: ElementaryTarget;
  readonly #words: Words;

  constructor(op: string, target: ElementaryTarget, graph: Graph) {
    this.#op = op;
    this.#target = target;
    this.#words = findWords(graph);
  }

  /** Returns the results of a graph for its inputs. */
  lower(graph: Graph, inputs: readonly Value[]): Value[] {
    const target = this.#target;
    const values = new Map<number, Value>();
    /** The results of loops and branches, by the value that holds all of them. */
    const parts = new Map<number, { readonly equation: Equation; readonly values: readonly Value[] }>();
    graph.inputs.forEach(({ value }, i) => values.set(value.id, inputs[i]));
    for (const { value, data } of graph.constants) {
      const isWord = this.isWord(graph, value);
      values.set(
        value.id,
        target.constant(isWord ? 'word' : 'float', value.shape, isWord ? bitsOf(data) : data),
      );
    }
    const valueOf = ({ id }: GraphValue): Value => {
      const found = values.get(id);
      if (found !== undefined) return found;
      const own = parts.get(id);
      if (own === undefined) throw new Error(`value ${id} is not computed`);
      if (own.values.length > 1 && own.values.some(({ type }) => type === 'word'))
        throw this.#unsupported(own.equation, 'its results are not used one by one');
      const flat = own.values
        .filter(({ shape }) => sizeOf(shape) > 0)
        .map((part) => target.reshape(part, [sizeOf(part.shape)]));
      const all = flat.length === 1 ? flat[0] : target.concatenate(flat, 0);
      values.set(id, all);
      return all;
    };
    for (const equation of graph.equations) {
      const { inputs: operands, outputs, computation, bodies } = equation;
      const [output] = outputs;
      if (bodies.length > 0) {
        parts.set(output.id, { equation, values: this.#lowerHost(equation, operands.map(valueOf)) });
        continue;
      }
      if (computation.kind === 'view') {
        const host = parts.get(operands[0].id);
        const part = host && hostOf(host.equation).partAt(computation.offset, output.shape);
        const value =
          host !== undefined && part !== undefined
            ? target.reshape(host.values[part.index], output.shape)
            : this.#lowerView(valueOf(operands[0]), computation.offset, output);
        values.set(output.id, value);
        continue;
      }
      const given = operands.map(valueOf);
      const value =
        lowerWindows(target, equation, given) ??
        (isLowerable(computation.loops)
          ? lowerLoops(target, computation.loops, given, output.shape)
          : lowerDirect(target, equation, given));
      if (value === undefined) throw this.#unsupported(equation, 'no rule for this op');
      values.set(output.id, value);
    }
    return graph.results.map(({ value }) => valueOf(value));
  }

  /** Whether a value of a graph holds random bits. */
  isWord(graph: Graph, { id }: GraphValue): boolean {
    return this.#words.get(graph)?.has(id) === true;
  }

  typeOf(graph: Graph, value: GraphValue): ElementType {
    return this.isWord(graph, value) ? 'word' : 'float';
  }

  #lowerView(x: Value, offset: number, { shape }: GraphValue): Value {
    const target = this.#target;
    const size = sizeOf(shape);
    if (size === sizeOf(x.shape)) return target.reshape(x, shape);
    // Whole rows stay rows.
    const row = sizeOf(x.shape.slice(1));
    const isRows = x.shape.length > 0 && offset % row === 0 && size % row === 0;
    const source = isRows ? x : target.reshape(x, [sizeOf(x.shape)]);
    const unit = isRows ? row : 1;
    const range = { start: offset / unit, end: (offset + size) / unit, step: 1 };
    return target.reshape(sliceAxis(target, source, 0, range), shape);
  }

  /** Lowers a loop or a branch, and returns its results. */
  #lowerHost(equation: Equation, operands: readonly Value[]): readonly Value[] {
    const target = this.#target;
    const { op, bodies } = equation;
    const { steps, reverse, carries, xs, captured } = paramsOf(equation);
    const indices = bodyInputs(equation);
    const bodyOf =
      (index: number): Body =>
      (inputs) =>
        this.lower(bodies[index], inputs);
    const operandsOf = (index: number): Value[] => indices[index].map((operand) => operands[operand]);
    if (op === 'scan') {
      const [body] = bodies;
      const outputs = body.results.slice(carries).map(({ value }) => ({
        shape: value.shape,
        type: this.typeOf(body, value),
      }));
      // Engines do not take loops of no steps.
      if (steps === 0)
        return [
          ...operands.slice(0, carries),
          ...outputs.map(({ shape, type }) => target.constant(type, [0, ...shape], [])),
        ];
      return target.scan({
        steps,
        reverse,
        carries: operands.slice(0, carries),
        xs: operands.slice(carries, carries + xs),
        captured: operands.slice(carries + xs),
        outputs,
        body: bodyOf(0),
      });
    }
    const truthOf = (x: Value): Value =>
      target.unary('not', target.compare('equal', x, target.constant('float', [], [0])));
    if (op === 'cond') {
      const [onTrue, onFalse] = [0, 1].map(
        (index): Body =>
          () =>
            bodyOf(index)(operandsOf(index)),
      );
      return target.branch(truthOf(operands[0]), onTrue, onFalse);
    }
    if (op !== 'whileLoop') throw this.#unsupported(equation, 'no rule for this op');
    const [ofTest] = captured;
    const own = operands.slice(0, carries);
    return target.whileLoop(
      own,
      operands.slice(carries),
      (inputs) => bodyOf(0)(inputs.slice(0, carries + ofTest)).map(truthOf),
      (inputs) => bodyOf(1)([...inputs.slice(0, carries), ...inputs.slice(carries + ofTest)]),
    );
  }

  #unsupported({ op }: Equation, why: string): Error {
    return typeError(
      this.#op,
      `op ${op} cannot be exported: ${why}; compute it outside of the function, and pass its result as an argument`,
    );
  }
}

/** Throws for arguments and results that a program of the target cannot have. */
export const checkProgram = (op: string, graph: Graph): void => {
  if (graph.results.length === 0)
    throw typeError(op, 'no results: expected a function that returns tensors, got one that returns none');
  for (const { path, value } of [...graph.inputs, ...graph.results])
    if (sizeOf(value.shape) === 0)
      throw rangeError(
        op,
        `empty tensor: expected at least one element, got shape [${value.shape.join(', ')}] at ${path}`,
      );
};
