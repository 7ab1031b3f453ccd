/**
 * The files in a zip archive.
 *
 * The archive ends with a directory, and that with a record of fixed size:
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { describeContent } from '@mini/autograd/check';
import { crc32, inflate, maxDecompressedSize } from './decompress.ts';
import { badFile, type Content } from './content.ts';

const END_SIGNATURE = 0x06054b50;
const END_LENGTH = 22;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_LENGTH = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_LENGTH = 30;
/** The longest comment after the last record. */
const MAX_COMMENT = 0xffff;
const STORED = 0;
const DEFLATED = 8;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** The offset of the local header. */
  readonly offset: number;
}

const damaged = (content: Content, message: string): Error =>
  badFile(content, `damaged zip archive: ${message}`);

/** Returns the offset of the last record. */
const findEnd = (content: Content, view: DataView): number => {
  const last = view.byteLength - END_LENGTH;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--)
    if (view.getUint32(at, true) === END_SIGNATURE && view.getUint16(at + 20, true) === last - at) return at;
  const start = describeContent(content.bytes);
  throw start.includes('zip')
    ? damaged(content, 'expected a directory at its end, got none; it may be truncated')
    : badFile(content, `not a zip archive: expected the bytes PK first, got ${start}`);
};

/** Reads the directory. */
const readDirectory = (content: Content, view: DataView): Entry[] => {
  const end = findEnd(content, view);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_LENGTH > end || view.getUint32(at, true) !== ENTRY_SIGNATURE)
      throw damaged(content, `expected entry ${i} of ${count} at byte ${at}, got something else`);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      view.getUint16(at + field, true),
    );
    const name = content.bytes.slice(at + ENTRY_LENGTH, at + ENTRY_LENGTH + nameLength);
    entries.push({
      name: new TextDecoder().decode(name),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      compressedSize: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    });
    at += ENTRY_LENGTH + nameLength + extraLength + commentLength;
  }
  return entries;
};

/** Returns the content of a file, of at most `limit` bytes. */
const readEntry = (content: Content, view: DataView, entry: Entry, limit: number): Uint8Array => {
  const { name, method, crc, compressedSize, size, offset } = entry;
  const shown = JSON.stringify(name);
  if (offset + LOCAL_LENGTH > view.byteLength || view.getUint32(offset, true) !== LOCAL_SIGNATURE)
    throw damaged(content, `expected ${shown} at byte ${offset}, got something else`);
  if (size > limit)
    throw damaged(
      content,
      `expected at most ${limit} more bytes after decompression, got ${size} in ${shown}`,
    );
  const start = offset + LOCAL_LENGTH + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (start + compressedSize > view.byteLength)
    throw damaged(content, `expected ${compressedSize} bytes of ${shown}, got the end of the archive`);
  if (method !== STORED && method !== DEFLATED)
    throw badFile(content, `compression of ${shown} is not supported: expected method 0 or 8, got ${method}`);
  const data = content.bytes.subarray(start, start + compressedSize);
  let bytes = data;
  try {
    if (method === DEFLATED) bytes = inflate(data, size);
  } catch (error) {
    throw damaged(content, `expected complete data in ${shown}, got ${(error as Error).message}`);
  }
  if (bytes.length !== size || crc32(bytes) !== crc)
    throw damaged(content, `expected ${size} bytes with a matching checksum in ${shown}, got others`);
  return bytes;
};

/** Returns the names and contents of the files in an archive. Folders are skipped. */
export const readZip = (content: Content): (readonly [name: string, bytes: Uint8Array])[] => {
  const { bytes } = content;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = readDirectory(content, view).filter(({ name }) => !name.endsWith('/'));
  // The limit is that of the whole archive, since entries can share the same data.
  let limit = maxDecompressedSize(bytes.length);
  return entries.map((entry) => {
    const file = readEntry(content, view, entry, limit);
    limit -= file.length;
    return [entry.name, file];
  });
};
