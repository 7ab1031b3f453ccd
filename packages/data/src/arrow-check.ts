/**
 * Checks the metadata of an Arrow file or stream before apache-arrow reads it.
 *
 * That library trusts the sizes and offsets in a file. With wrong ones, it can run for hours and
 * fill the memory. Format: https://arrow.apache.org/docs/format/Columnar.html
 */
import { describe } from '@mini/autograd/check';
import { badFile, type Content } from './content.ts';
import {
  byteOf,
  type FlatTable,
  longOf,
  rootOf,
  stringOf,
  tableOf,
  tablesOf,
  vectorOf,
} from './flatbuffer.ts';

/** The types in the metadata: Null, Int, FloatingPoint, Utf8, Bool, Date, Timestamp, LargeUtf8. */
const SUPPORTED_TYPES: ReadonlySet<number> = /* @__PURE__ */ new Set([1, 2, 3, 5, 6, 8, 10, 20]);

/** The kinds of messages. */
const SCHEMA = 1;
const DICTIONARY = 2;
const RECORDS = 3;

const MAGIC_LENGTH = 6;
/** The bytes of the footer's length and of the magic string at the end of a file. */
const TAIL = 10;
const CONTINUATION = 0xffffffff;

/** A message: its metadata, and the bytes from the start of the body to the end of the file. */
interface Message {
  readonly table: FlatTable;
  readonly room: number;
}

/** Throws unless all columns have a type that a table can contain. */
const checkSchema = (content: Content, schema: FlatTable): void => {
  vectorOf(schema, 2, 4);
  for (const field of tablesOf(schema, 1)) {
    const type = byteOf(field, 2);
    vectorOf(field, 6, 4);
    if (!SUPPORTED_TYPES.has(type) || vectorOf(field, 5, 4).count > 0)
      throw badFile(
        content,
        `column ${describe(stringOf(field, 0))} is not supported: expected numbers, texts, booleans, dates or timestamps, got Arrow type number ${type}; drop the column, or convert it, before you write the file`,
      );
  }
};

/** Throws unless the buffers of a record batch are in the body of its message. */
const checkRecords = (content: Content, records: FlatTable, bodyLength: number): void => {
  if (tableOf(records, 3) !== undefined)
    throw badFile(
      content,
      `compressed Arrow files are not supported: expected plain buffers, got compressed ones; in Python: pyarrow.feather.write_feather(table, path, compression="uncompressed")`,
    );
  vectorOf(records, 4, 8);
  const pairs = (field: number): (readonly [number, number])[] => {
    const { start, count } = vectorOf(records, field, 16);
    const read = (at: number): number => Number(records.view.getBigInt64(at, true));
    return Array.from({ length: count }, (_, i) => [read(start + 16 * i), read(start + 16 * i + 8)]);
  };
  // Each row of a column takes at least one bit, except in columns of type Null.
  const maxRows = 8 * content.bytes.length;
  const rows = longOf(records, 0);
  const areRows = [rows, ...pairs(1).flat()].every((count) => count >= 0 && count <= maxRows);
  const areInBody = pairs(2).every(
    ([offset, length]) => offset >= 0 && length >= 0 && offset + length <= bodyLength,
  );
  if (!areRows || !areInBody) throw new RangeError('a record batch that is larger than the file');
};

/** Checks a message and returns the length of its body. */
const checkMessage = (content: Content, { table, room }: Message): number => {
  const bodyLength = longOf(table, 3);
  if (bodyLength < 0 || bodyLength > room) throw new RangeError(`a body of ${bodyLength} bytes, truncated`);
  vectorOf(table, 4, 4);
  const header = tableOf(table, 2);
  const type = byteOf(table, 1);
  if (header === undefined) throw new RangeError('a message without a header');
  if (type === SCHEMA) checkSchema(content, header);
  const records = type === DICTIONARY ? tableOf(header, 1) : type === RECORDS ? header : undefined;
  if (records !== undefined) checkRecords(content, records, bodyLength);
  return bodyLength;
};

/**
 * Reads the metadata of the message at a position: a length, and before it a mark in newer files.
 */
const readMessage = ({ bytes }: Content, at: number): { message?: Message; body: number } => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = view.getUint32(at, true) === CONTINUATION ? at + 4 : at;
  if (start + 4 > bytes.length) return { body: bytes.length };
  const length = view.getUint32(start, true);
  const body = start + 4 + length;
  if (length === 0) return { body };
  if (body > bytes.length) throw new RangeError(`metadata of ${length} bytes, truncated`);
  const table = rootOf(bytes.subarray(start + 4, body));
  return { message: { table, room: bytes.length - body }, body };
};

const checkStream = (content: Content): void => {
  let at = 0;
  while (at + 4 <= content.bytes.length) {
    const { message, body } = readMessage(content, at);
    if (message === undefined) return;
    at = body + checkMessage(content, message);
  }
};

const checkFooter = (content: Content): void => {
  const { bytes } = content;
  const end = bytes.length - TAIL;
  const magic = String.fromCharCode(...bytes.subarray(-MAGIC_LENGTH));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = end < 0 ? 0 : view.getUint32(end, true);
  if (magic !== 'ARROW1' || length === 0 || length > end)
    throw new RangeError('no footer: it may be truncated');
  const footer = rootOf(bytes.subarray(end - length, end));
  const schema = tableOf(footer, 1);
  if (schema === undefined) throw new RangeError('no schema');
  checkSchema(content, schema);
  vectorOf(footer, 4, 4);
  // Messages must not overlap: reading one many times could take hours.
  let total = 0;
  for (const [field, kind] of [
    [2, DICTIONARY],
    [3, RECORDS],
  ]) {
    const { start, count } = vectorOf(footer, field, 24);
    for (let i = 0; i < count; i++) {
      const at = Number(footer.view.getBigInt64(start + 24 * i, true));
      if (at < 0 || at + 8 > end) throw new RangeError('a message outside of the file');
      const { message, body } = readMessage(content, at);
      // apache-arrow would read a message of another kind again and again.
      if (message === undefined || byteOf(message.table, 1) !== kind)
        throw new RangeError('an unexpected message');
      total += body - at + checkMessage(content, message);
      if (total > bytes.length) throw new RangeError('messages that overlap');
    }
  }
};

/** Throws an error for metadata that apache-arrow should not read. */
export const checkArrow = (content: Content): void => {
  if (content.bytes[0] === 0x41) checkFooter(content);
  else checkStream(content);
};
