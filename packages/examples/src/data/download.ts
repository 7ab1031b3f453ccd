/** Downloads the four files of MNIST once, into a cache directory. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { makeDirectory, writeFileAtomically } from '@mini/tools/files';
import { decompress, md5, MNIST_FILES } from './mnist-files.ts';

/** The mirror of PyTorch's torchvision. */
export const MIRROR = 'https://ossci-datasets.s3.amazonaws.com/mnist/';
const TIMEOUT_MILLISECONDS = 120_000;
/** More than enough: the largest file has 10 MB. */
const MAX_DOWNLOAD = 64 * 2 ** 20;

export const defaultCacheDirectory = (): string => {
  const base = [process.env['XDG_CACHE_HOME'], process.env['LOCALAPPDATA'], join(homedir(), '.cache')].find(
    // The XDG standard treats an empty variable as unset.
    (folder) => folder !== undefined && folder !== '',
  ) as string;
  return join(base, 'mini', 'mnist');
};

/** Reads the whole body. Throws an Error if it is too large. */
const readBody = async (response: Response): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_DOWNLOAD) throw new Error(`larger than ${MAX_DOWNLOAD} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const fetchBytes = async (url: string): Promise<Buffer> => {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) });
  } catch (error) {
    throw new Error(`${url}: cannot be reached: ${describeError(error)}`, { cause: error });
  }
  if (!response.ok) throw new Error(`${url}: the server responded ${response.status} ${response.statusText}`);
  try {
    return await readBody(response);
  } catch (error) {
    throw new Error(`${url}: the download failed: ${describeError(error)}`, { cause: error });
  }
};

const describeError = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
};

/**
 * Downloads those of the four files that are missing or damaged in `directory`.
 *
 * Checks the MD5 sum of each file's content. A file gets its name only when it is complete.
 */
export const downloadMnist = async (
  directory: string,
  mirror: string,
  report: (message: string) => void,
): Promise<void> => {
  const base = mirror.endsWith('/') ? mirror : `${mirror}/`;
  if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol)) {
    throw new Error(`the mirror must be an http(s) address, got ${mirror}`);
  }
  makeDirectory(directory);
  for (const { name, md5: expected } of Object.values(MNIST_FILES)) {
    const path = join(directory, `${name}.gz`);
    if (existsSync(path) && isIntact(path, expected)) continue;
    const url = new URL(`${name}.gz`, base).href;
    report(`downloading ${url}`);
    const bytes = await fetchBytes(url);
    const sum = md5(decompress(url, bytes));
    if (sum !== expected) throw new Error(`${url}: wrong content: expected MD5 ${expected}, got ${sum}`);
    writeFileAtomically(path, bytes);
  }
};

const isIntact = (path: string, expected: string): boolean => {
  try {
    return md5(decompress(path, readFileSync(path))) === expected;
  } catch {
    return false;
  }
};
