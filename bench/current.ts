/** The library of this checkout. */
import { fileURLToPath } from 'node:url';
import type { Library } from './types.ts';
import { CURRENT, loadLibrary } from './libraries.ts';

export const currentLibrary: Library = await loadLibrary(
  CURRENT,
  fileURLToPath(new URL('..', import.meta.url)),
);
