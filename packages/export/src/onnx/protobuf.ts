/**
 * Writes the few messages of ONNX files that models need, in the format of protocol buffers:
 * https://protobuf.dev/programming-guides/encoding/ and onnx.proto3 of ONNX.
 */

/** A part of a message. */
export type Bytes = Uint8Array<ArrayBuffer>;

const join = (parts: readonly Bytes[]): Bytes => {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
};

/** A number in groups of 7 bits, the lowest first. Negative numbers have 64 bits. */
const varint = (value: number): Bytes => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.of(...bytes, Number(rest));
};

const VARINT = 0;
const BYTES = 2;

const key = (field: number, wire: number): Bytes => varint(field * 8 + wire);

const integerField = (field: number, value: number): Bytes => join([key(field, VARINT), varint(value)]);

const bytesField = (field: number, value: Bytes): Bytes =>
  join([key(field, BYTES), varint(value.length), value]);

const textField = (field: number, text: string): Bytes => bytesField(field, new TextEncoder().encode(text));

/** The numbers of element types. */
export const DATA_TYPES = { float: 1, int64: 7, bool: 9 } as const;
export type DataType = keyof typeof DATA_TYPES;

/** The attribute of a node: an integer, integers, a word, or a graph. */
export type Attribute = number | readonly number[] | string | { readonly graph: Bytes };

const ATTRIBUTE_TYPES = { integer: 2, text: 3, graph: 5, integers: 7 };

const attributeMessage = (name: string, value: Attribute): Bytes => {
  const typed = (type: keyof typeof ATTRIBUTE_TYPES, ...fields: readonly Bytes[]): Bytes =>
    join([textField(1, name), ...fields, integerField(20, ATTRIBUTE_TYPES[type])]);
  if (typeof value === 'number') return typed('integer', integerField(3, value));
  if (typeof value === 'string') return typed('text', textField(4, value));
  if ('graph' in value) return typed('graph', bytesField(6, value.graph));
  return typed('integers', ...value.map((number) => integerField(8, number)));
};

/** A node: outputs = op(inputs). */
export const nodeMessage = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
): Bytes =>
  join([
    ...inputs.map((name) => textField(1, name)),
    ...outputs.map((name) => textField(2, name)),
    textField(4, op),
    ...Object.entries(attributes).map(([name, value]) => bytesField(5, attributeMessage(name, value))),
  ]);

/** A tensor with known elements. */
export const tensorMessage = (name: string, type: DataType, shape: readonly number[], data: Bytes): Bytes =>
  join([
    ...shape.map((size) => integerField(1, size)),
    integerField(2, DATA_TYPES[type]),
    textField(8, name),
    bytesField(9, data),
  ]);

/** The name, type and shape of an input or an output. */
export const valueMessage = (name: string, type: DataType, shape: readonly number[]): Bytes => {
  const sizes = shape.map((size) => bytesField(1, integerField(1, size)));
  const tensorType = join([integerField(1, DATA_TYPES[type]), bytesField(2, join(sizes))]);
  return join([textField(1, name), bytesField(2, bytesField(1, tensorType))]);
};

export interface GraphParts {
  readonly name: string;
  readonly nodes: readonly Bytes[];
  readonly constants: readonly Bytes[];
  readonly inputs: readonly Bytes[];
  readonly outputs: readonly Bytes[];
}

export const graphMessage = ({ name, nodes, constants, inputs, outputs }: GraphParts): Bytes =>
  join([
    ...nodes.map((node) => bytesField(1, node)),
    textField(2, name),
    ...constants.map((constant) => bytesField(5, constant)),
    ...inputs.map((input) => bytesField(11, input)),
    ...outputs.map((output) => bytesField(12, output)),
  ]);

/** A whole file. */
export const modelMessage = (irVersion: number, opset: number, producer: string, graph: Bytes): Bytes =>
  join([
    integerField(1, irVersion),
    textField(2, producer),
    bytesField(7, graph),
    bytesField(8, join([textField(1, ''), integerField(2, opset)])),
  ]);
