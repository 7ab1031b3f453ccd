/** Where readers get their bytes: a path, a file: URL, or the bytes themselves. */
import { describe, rangeError, typeError, typeNameOf } from '@mini/autograd/check';
import type { Content } from './content.ts';
import { gunzip, isGzip } from './decompress.ts';

/** A path, a `file:` URL, or the content of a file. Only bytes work in a browser. */
export type Source = string | URL | Uint8Array | ArrayBuffer;

/**
 * Reads a source and decompresses gzip files. The bytes can share memory with those given.
 *
 * `name` is the name of bytes in errors.
 */
export const readSource = (op: string, source: unknown, name: string = ''): Content => {
  const content = { op, ...readBytes(op, source, name) };
  return isGzip(content.bytes) ? { ...content, bytes: gunzip(content) } : content;
};

const readBytes = (op: string, source: unknown, name: string): Pick<Content, 'name' | 'bytes'> => {
  if (typeNameOf(source) === 'Uint8Array') return { name, bytes: viewOf(source as Uint8Array) };
  if (isArrayBuffer(source))
    return { name, bytes: source.byteLength === 0 ? new Uint8Array(0) : new Uint8Array(source) };
  if (typeof source === 'string') return { name: source, bytes: readPath(op, source) };
  if (source instanceof URL) return { name: source.href, bytes: readUrl(op, source) };
  throw typeError(
    op,
    `invalid source: expected a path, a file: URL, an ArrayBuffer or a Uint8Array, got ${describe(source)}`,
  );
};

/** Also true for an ArrayBuffer of another realm, such as a page or a test tool. */
const isArrayBuffer = (source: unknown): source is ArrayBuffer =>
  Object.prototype.toString.call(source) === '[object ArrayBuffer]';

/** Returns a view that does not depend on own properties of the array, such as `length`. */
const viewOf = (bytes: Uint8Array): Uint8Array => {
  const { buffer, byteOffset, byteLength } = bytes;
  // The length of a detached array is 0. Views of it cannot be made.
  if (byteLength === 0) return new Uint8Array(0);
  // A TextDecoder refuses shared memory.
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, byteOffset, byteLength)
    : new Uint8Array(bytes).slice();
};

const readUrl = (op: string, { protocol, href }: URL): Uint8Array => {
  if (protocol !== 'file:') throw remote(op, href);
  return readPath(op, new URL(href));
};

const remote = (op: string, address: string): Error =>
  rangeError(
    op,
    `source is not a file: expected a path or bytes, got ${describe(address)}; pass the bytes: await (await fetch(address)).arrayBuffer()`,
  );

/** Reads a file with Node's functions, which are looked up only here: browsers have none. */
const readPath = (op: string, path: string | URL): Uint8Array => {
  if (typeof path === 'string' && /^https?:\/\//.test(path)) throw remote(op, path);
  if (typeof path === 'string' && /[\r\n]/.test(path))
    throw rangeError(
      op,
      `source is not a path: expected a path or bytes, got ${describe(path)}; pass text as new TextEncoder().encode(text)`,
    );
  const fs = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:fs');
  if (fs === undefined)
    throw rangeError(
      op,
      `files cannot be read here: expected the bytes of the file as a Uint8Array, got ${describe(String(path))}; in a browser: await file.arrayBuffer()`,
    );
  try {
    if (!fs.statSync(path).isFile()) throw new Error('it is not a regular file');
    return fs.readFileSync(path);
  } catch (error) {
    const reason = (error as Error).message;
    const { code } = error as { readonly code?: unknown };
    const where =
      code === 'ENOENT' ? `, which does not exist (current folder: ${process.cwd()})` : `: ${reason}`;
    throw rangeError(
      op,
      `cannot read the file: expected a readable file, got ${JSON.stringify(String(path).slice(0, 200))}${where}`,
    );
  }
};
