/** The nodes and the constants of an ONNX graph. */
import { rangeError } from '@mini/autograd/check';
import type { ElementType, Shape, Value } from '../target.ts';
import { TYPES } from './names.ts';
import {
  type Attribute,
  type Bytes,
  graphMessage,
  nodeMessage,
  tensorMessage,
  valueMessage,
} from './protobuf.ts';

/**
 * The largest number of nested bodies. Programs that read the format, such as ONNX Runtime, refuse
 * messages that are nested more deeply.
 */
const MAX_BODIES = 31;

/** Equal constants of at most this many bytes are stored once. */
const MAX_COMPARED_BYTES = 256;

const bytesOf = (type: ElementType, elements: ArrayLike<number>): Bytes => {
  if (type === 'truth') return Uint8Array.from(elements, (value) => Number(value !== 0));
  // Typed arrays are little-endian, as files are, wherever JavaScript runs.
  if (type === 'float') return new Uint8Array(Float32Array.from(elements).buffer);
  return new Uint8Array(BigInt64Array.from(elements, BigInt).buffer);
};

type Attributes = Readonly<Record<string, Attribute>>;

/** A node that is not written yet. */
interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
  /** The values that its graphs use, besides their own. */
  readonly captured: readonly string[];
}

/** The nodes of a graph that is being written. */
interface Scope {
  readonly nodes: Node[];
  /** The results of nodes, by what the nodes compute. */
  readonly known: Map<string, readonly string[]>;
}

/** The graph of a body, its results, and the names of the values that it uses. */
export interface BodyGraph {
  readonly graph: Bytes;
  readonly results: readonly Value[];
  readonly used: readonly string[];
}

const typed = ({ name, shape, type }: Value): Bytes => valueMessage(name, TYPES[type], shape);

/** Adds a node for a result: results have names of their own. */
const addResult = ({ nodes }: Scope, from: string, name: string): void => {
  nodes.push({ op: 'Identity', inputs: [from], outputs: [name], attributes: {}, captured: [] });
};

/**
 * Writes the nodes of a scope, without those whose results are not used. Returns them with the
 * names of all values that they use.
 */
const writeNodes = ({
  nodes,
}: Scope): { readonly bytes: readonly Bytes[]; readonly used: ReadonlySet<string> } => {
  const used = new Set<string>();
  const kept = nodes.toReversed().filter(({ op, inputs, outputs, captured }) => {
    const isResult = op === 'Identity';
    if (!isResult && !outputs.some((name) => used.has(name))) return false;
    for (const name of [...inputs, ...captured]) used.add(name);
    return true;
  });
  const bytes = kept
    .toReversed()
    .map(({ op, inputs, outputs, attributes }) => nodeMessage(op, inputs, outputs, attributes));
  return { bytes, used };
};

/** Writes a graph, and those of the bodies in it. Equal nodes are written once. */
export class GraphWriter {
  /** The graph, and those of the bodies around the present place. */
  readonly #scopes: Scope[] = [{ nodes: [], known: new Map() }];
  readonly #constants = new Map<string, Bytes>();
  readonly #knownConstants = new Map<string, string>();
  readonly #reserved: ReadonlySet<string>;
  #count = 0;

  /** `reserved` are the names of arguments and results. */
  constructor(reserved: ReadonlySet<string>) {
    this.#reserved = reserved;
  }

  #newName(): string {
    let name: string;
    do name = `v${this.#count++}`;
    while (this.#reserved.has(name));
    return name;
  }

  /** Adds a node, and returns the names of its outputs. Bodies are given with what they capture. */
  add(
    op: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    outputs: number = 1,
    captured?: readonly string[],
  ): readonly string[] {
    // Nodes with graphs are not compared.
    const key =
      captured === undefined ? `${op} ${inputs.join(' ')} ${JSON.stringify(attributes)}` : undefined;
    for (const { known } of this.#scopes) {
      const found = key === undefined ? undefined : known.get(key);
      if (found !== undefined) return found;
    }
    const names = Array.from({ length: outputs }, () => this.#newName());
    const { nodes, known } = this.#scopes.at(-1) as Scope;
    nodes.push({ op, inputs, outputs: names, attributes, captured: captured ?? [] });
    if (key !== undefined) known.set(key, names);
    return names;
  }

  constant(type: ElementType, shape: Shape, elements: ArrayLike<number>): Value {
    const data = bytesOf(type, elements);
    const content = data.length <= MAX_COMPARED_BYTES ? data.join() : `#${this.#constants.size}`;
    const key = `${TYPES[type]} ${shape.join()} ${content}`;
    let name = this.#knownConstants.get(key);
    if (name === undefined) {
      name = this.#newName();
      this.#constants.set(name, tensorMessage(name, TYPES[type], shape, data));
      this.#knownConstants.set(key, name);
    }
    return { name, shape, type };
  }

  /** An input of a body. */
  inputLike({ shape, type }: Pick<Value, 'shape' | 'type'>): Value {
    return { name: this.#newName(), shape, type };
  }

  /** Writes a body as a graph. */
  body(name: string, inputs: readonly Value[], body: () => readonly Value[]): BodyGraph {
    if (this.#scopes.length > MAX_BODIES)
      throw rangeError(
        'toOnnx',
        `loops and branches are nested too deeply: expected at most ${MAX_BODIES} levels, got more`,
      );
    const scope: Scope = { nodes: [], known: new Map() };
    this.#scopes.push(scope);
    const results = body();
    const outputs = results.map((result) => ({ ...result, name: this.#newName() }));
    results.forEach((result, i) => addResult(scope, result.name, outputs[i].name));
    this.#scopes.pop();
    const { bytes, used } = writeNodes(scope);
    const graph = graphMessage({
      name,
      nodes: bytes,
      constants: [],
      inputs: inputs.map(typed),
      outputs: outputs.map(typed),
    });
    return { graph, results, used: [...used] };
  }

  /** Returns the graph of a program, with results under their names. */
  finish(inputs: readonly Value[], results: readonly Value[], names: readonly string[]): Bytes {
    const [scope] = this.#scopes;
    results.forEach(({ name }, i) => addResult(scope, name, names[i]));
    const { bytes, used } = writeNodes(scope);
    return graphMessage({
      name: 'main',
      nodes: bytes,
      constants: [...this.#constants].flatMap(([name, constant]) => (used.has(name) ? [constant] : [])),
      inputs: inputs.map(typed),
      outputs: results.map((result, i) => typed({ ...result, name: names[i] })),
    });
  }
}
