/** Decompression with a limit on the size of the result. */
import { Gunzip, inflateSync } from 'fflate';
import { badFile, type Content } from './content.ts';

/** The best ratio of DEFLATE, which only constant data reach. */
const MAX_RATIO = 1032;

/** The maximum size of decompressed data, so that a small file cannot fill the memory. */
export const maxDecompressedSize = (compressed: number): number => 2 ** 27 + 100 * compressed;

/** The length of a gzip file without content. */
const MIN_GZIP = 20;

/** The compressed bytes that are decompressed at once: at most 8 MB of output. */
const CHUNK = 2 ** 13;

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** The table of the CRC-32 of gzip and zip, with the reversed polynomial. */
const CRC_TABLE: Uint32Array = /* @__PURE__ */ Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** The CRC-32 of bytes, as in RFC 1952, section 8. */
export const crc32 = (bytes: Uint8Array): number => {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
};

const join = (chunks: readonly Uint8Array[], size: number): Uint8Array => {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
};

/** Where a member of a gzip file ends: in its compressed bytes, and in its content. */
interface MemberEnd {
  readonly compressed: number;
  readonly content: number;
}

/** Decompresses bytes, and finds the ends of the members. */
const decompress = (bytes: Uint8Array): { whole: Uint8Array; ends: readonly MemberEnd[] } => {
  const chunks: Uint8Array[] = [];
  const limit = maxDecompressedSize(bytes.length);
  let size = 0;
  const ends: MemberEnd[] = [];
  const stream = new Gunzip((chunk) => {
    size += chunk.length;
    if (size > limit) throw new RangeError(`more than ${limit} bytes from only ${bytes.length}`);
    chunks.push(chunk);
  });
  // Where the next member starts, the one before ends.
  stream.onmember = (offset) => ends.push({ compressed: offset, content: size });
  for (let start = 0; start < bytes.length; start += CHUNK)
    stream.push(bytes.subarray(start, start + CHUNK), start + CHUNK >= bytes.length);
  ends.push({ compressed: bytes.length, content: size });
  return { whole: join(chunks, size), ends };
};

/**
 * Decompresses a gzip file of one or more members.
 *
 * The last eight bytes of each member are the CRC-32 and the size of its content:
 * https://www.rfc-editor.org/rfc/rfc1952
 */
export const gunzip = (content: Content): Uint8Array => {
  const { bytes } = content;
  if (bytes.length < MIN_GZIP)
    throw badFile(content, `damaged gzip file: expected at least ${MIN_GZIP} bytes, got ${bytes.length}`);
  let result: ReturnType<typeof decompress>;
  try {
    result = decompress(bytes);
  } catch (error) {
    throw badFile(content, `damaged gzip file: expected complete data, got ${(error as Error).message}`);
  }
  const { whole, ends } = result;
  let start = 0;
  for (const end of ends) {
    const member = whole.subarray(start, end.content);
    const trailer = new DataView(bytes.buffer, bytes.byteOffset + end.compressed - 8, 8);
    if (trailer.getUint32(0, true) !== crc32(member) || trailer.getUint32(4, true) !== member.length)
      throw badFile(content, 'damaged gzip file: expected the checksum of its content, got another');
    start = end.content;
  }
  return whole;
};

/**
 * Decompresses raw DEFLATE data to `size` bytes, the first ones if there are more.
 *
 * Throws the errors of fflate, and a RangeError for a size that the data cannot have.
 */
export const inflate = (bytes: Uint8Array, size: number): Uint8Array => {
  if (size > MAX_RATIO * (bytes.length + 1))
    throw new RangeError(`a size of ${size} for ${bytes.length} bytes`);
  return inflateSync(bytes, { out: new Uint8Array(size) });
};
