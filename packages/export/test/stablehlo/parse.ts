/** Reads StableHLO text: the operations that the exporter writes, and most of what JAX writes. */

export interface Type {
  readonly shape: readonly number[];
  readonly element: string;
}

export interface Region {
  readonly parameters: readonly string[];
  readonly operations: readonly Operation[];
}

export interface Operation {
  /** The name of its result; those of several results are `name#0`, `name#1`, …. */
  readonly result: string | undefined;
  readonly count: number;
  readonly op: string;
  readonly operands: readonly string[];
  /** All of the line, for attributes. */
  readonly text: string;
  readonly types: readonly Type[];
  readonly regions: readonly Region[];
}

export interface FunctionText {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly operations: readonly Operation[];
}

export const typesIn = (text: string): Type[] =>
  [...text.matchAll(/tensor<((?:\d+x)*)(\w+)>/g)].map(([, sizes, element]) => ({
    shape: sizes.split('x').slice(0, -1).map(Number),
    element,
  }));

const namesIn = (text: string): string[] => [...text.matchAll(/%[\w#]+/g)].map(([name]) => name);

/** The types after the last arrow, or the last type of a line without one. */
const resultTypes = (signature: string): Type[] => {
  const arrow = signature.lastIndexOf('->');
  return arrow < 0 ? typesIn(signature).slice(-1) : typesIn(signature.slice(arrow));
};

class Reader {
  readonly #lines: readonly string[];
  #next = 0;

  constructor(text: string) {
    this.#lines = text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  }

  #take(): string {
    const line = this.#lines[this.#next++];
    if (line === undefined) throw new Error('unexpected end of the text');
    return line;
  }

  #peek(): string | undefined {
    return this.#lines[this.#next];
  }

  /** Operations up to a line that starts with `}`, which is returned with them. */
  #block(): { readonly region: Region; readonly end: string } {
    let parameters: readonly string[] = [];
    const operations: Operation[] = [];
    for (;;) {
      const line = this.#take();
      if (line.startsWith('}')) return { region: { parameters, operations }, end: line };
      if (line.startsWith('^bb0')) parameters = namesIn(line);
      else operations.push(this.#operation(line));
    }
  }

  #operation(line: string): Operation {
    const [, result, count = '1', rest] = /^(?:(%\w+)(?::(\d+))? = )?(.*)$/.exec(line) as RegExpExecArray;
    const op = /^"?([\w.]+)"?/.exec(rest)?.[1] ?? '';
    const regions: Region[] = [];
    let text = rest;
    let end = rest.lastIndexOf(' : ');
    if (op === 'stablehlo.while') {
      const pairs = namesIn(rest.slice(0, end));
      const parameters = pairs.filter((_, i) => i % 2 === 0);
      this.#take();
      for (let i = 0; i < 2; i++) regions.push({ ...this.#block().region, parameters });
      const operands = pairs.filter((_, i) => i % 2 === 1);
      return { result, count: Number(count), op, operands, text, types: typesIn(rest.slice(end)), regions };
    }
    if (rest.endsWith('({')) {
      for (;;) {
        const { region, end: last } = this.#block();
        regions.push(region);
        if (last === '}, {') continue;
        text += last;
        break;
      }
      const operands = namesIn(rest.slice(0, rest.indexOf(')')));
      return { result, count: Number(count), op, operands, text, types: resultTypes(text), regions };
    }
    if (op === 'stablehlo.reduce' && this.#peek()?.startsWith('reducer') === true) {
      // Pairs of parameters: for each operand, those of both sides.
      const pairs = namesIn(this.#take());
      const parameters = [...pairs.filter((_, i) => i % 2 === 0), ...pairs.filter((_, i) => i % 2 === 1)];
      regions.push({ ...this.#block().region, parameters });
    }
    if (end < 0) end = rest.length;
    const operands = namesIn(rest.slice(0, end));
    return { result, count: Number(count), op, operands, text, types: resultTypes(rest.slice(end)), regions };
  }

  functions(): FunctionText[] {
    const functions: FunctionText[] = [];
    while (this.#peek() !== undefined) {
      const line = this.#take();
      const found = /^func\.func \w+ @(\w+)\((.*)\) -> /.exec(line);
      if (found === null) continue;
      const { region } = this.#block();
      functions.push({ name: found[1], parameters: namesIn(found[2]), operations: region.operations });
    }
    return functions;
  }
}

export const parse = (text: string): FunctionText[] => new Reader(text).functions();
