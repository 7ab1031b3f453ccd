/** Says what a file looks like, for errors about files of another kind. */

/** What `describeContent` returns for text of no known kind. */
export const TEXT_FILE = 'text';

/** The first bytes of some kinds of files, as Latin-1. */
const SIGNATURES: readonly (readonly [start: string, description: string])[] = [
  ['\x1f\x8b', 'a gzip file'],
  ['\x89PNG', 'a PNG image'],
  ['\xff\xd8\xff', 'a JPEG image'],
  ['GIF8', 'a GIF image'],
  ['%PDF', 'a PDF document'],
  ['PK\x03\x04', 'a zip archive, such as .npz or .xlsx'],
  ['PK\x05\x06', 'an empty zip archive'],
  ['\x93NUMPY', 'a NumPy .npy file'],
  ['ARROW1', 'an Arrow file'],
  ['\xff\xff\xff\xff', 'an Arrow stream'],
  ['PAR1', 'a Parquet file'],
  ['\x89HDF', 'an HDF5 file'],
  ['SQLite format 3', 'an SQLite database'],
  ['\x00\x00\x08\x01', 'an IDX file of labels'],
  ['\x00\x00\x08\x03', 'an IDX file of images'],
  ['BZh', 'a bzip2 file'],
  ['\xfd7zXZ', 'an xz file'],
  ['\x28\xb5\x2f\xfd', 'a Zstandard file'],
];

/** How many bytes are enough to see what a file is. */
const SAMPLE = 512;

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, SAMPLE));

/** Whether a sample of bytes can be text: UTF-8 or Latin-1, without control characters. */
const isText = (sample: string): boolean =>
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for.
  !/[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(sample);

const describeText = (sample: string): string => {
  const start = sample.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (/^(?:<!doctype html|<html|<head|<body)/i.test(start)) return 'an HTML page';
  if (/^<(?:\?xml|svg)/i.test(start)) return 'an XML document';
  if (start.startsWith('version https://git-lfs')) return 'a pointer of Git LFS';
  return /^(?:\{\s*["}]|\[\s*[[{\]"])/.test(start) ? 'JSON' : TEXT_FILE;
};

/** Returns what the bytes of a file look like, such as 'an HTML page', from their beginning. */
export const describeContent = (bytes: Uint8Array): string => {
  if (bytes.length === 0) return 'an empty file';
  const sample = latin1(bytes);
  const known = SIGNATURES.find(([start]) => sample.startsWith(start));
  if (known !== undefined) return known[1];
  if (isText(sample)) return describeText(sample);
  const shown = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `a file that starts with the bytes ${shown}`;
};
