/**
 * Reads FlatBuffers with checks, so that damaged ones are errors.
 *
 * A table starts with the distance back to its vtable, which has the offset of each field, or 0 for
 * a missing one. A field that is a vector or a table contains the distance forward to it:
 * https://flatbuffers.dev/internals/
 */

/** A position in a buffer, at which a table starts. */
export interface FlatTable {
  readonly view: DataView;
  readonly at: number;
}

/** Items of a fixed size. */
interface FlatVector {
  readonly start: number;
  readonly count: number;
}

const damaged = (): RangeError => new RangeError('an offset outside of the metadata');

/** Returns the table that a buffer refers to at its beginning. */
export const rootOf = (bytes: Uint8Array): FlatTable => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { view, at: view.getUint32(0, true) };
};

/** Returns the position of a field, or undefined if it is missing. */
const positionOf = ({ view, at }: FlatTable, field: number): number | undefined => {
  const vtable = at - view.getInt32(at, true);
  const slot = 4 + 2 * field;
  const offset = slot < view.getUint16(vtable, true) ? view.getUint16(vtable + slot, true) : 0;
  return offset === 0 ? undefined : at + offset;
};

/** Returns a field of type byte; 0 if it is missing. */
export const byteOf = (table: FlatTable, field: number): number => {
  const position = positionOf(table, field);
  return position === undefined ? 0 : table.view.getUint8(position);
};

/** Returns a field of type long; 0 if it is missing. */
export const longOf = (table: FlatTable, field: number): number => {
  const position = positionOf(table, field);
  return position === undefined ? 0 : Number(table.view.getBigInt64(position, true));
};

/** Returns a field that is a table, or undefined if it is missing. */
export const tableOf = (table: FlatTable, field: number): FlatTable | undefined => {
  const { view } = table;
  const position = positionOf(table, field);
  return position === undefined ? undefined : { view, at: position + view.getUint32(position, true) };
};

/** Returns a field that is a vector of items of `size` bytes; an empty one if it is missing. */
export const vectorOf = (table: FlatTable, field: number, size: number): FlatVector => {
  const { view } = table;
  const position = positionOf(table, field);
  if (position === undefined) return { start: 0, count: 0 };
  const at = position + view.getUint32(position, true);
  const count = view.getUint32(at, true);
  if (at + 4 + count * size > view.byteLength) throw damaged();
  return { start: at + 4, count };
};

/** Returns a field that is a string; '' if it is missing. */
export const stringOf = (table: FlatTable, field: number): string => {
  const { buffer, byteOffset } = table.view;
  const { start, count } = vectorOf(table, field, 1);
  return new TextDecoder().decode(new Uint8Array(buffer, byteOffset + start, count).slice());
};

/** Returns a field that is a vector of tables. */
export const tablesOf = (table: FlatTable, field: number): FlatTable[] => {
  const { view } = table;
  const { start, count } = vectorOf(table, field, 4);
  return Array.from({ length: count }, (_, i) => {
    const position = start + 4 * i;
    return { view, at: position + view.getUint32(position, true) };
  });
};
