/** Archives of arrays saved by NumPy: numpy.savez and numpy.savez_compressed. */
import type { Tensor } from '@mini/autograd';
import { decodeNpy } from './npy.ts';
import { badFile } from './content.ts';
import { readSource, type Source } from './source.ts';
import { readZip } from './zip.ts';

/**
 * Reads all arrays of a `.npz` file, which numpy.savez and numpy.savez_compressed write, by name.
 *
 * Arrays that were saved without names are `arr_0`, `arr_1` and so on. They are read as by
 * `readNpy`. Data that would take far more memory than the file are refused: more than 128 MB and
 * a hundred times its size. Archives of more than 4 GB are not supported.
 *
 * Throws a RangeError for files that are not such an archive, and for damaged ones.
 *
 * @example
 * // In Python: np.savez('digits.npz', images=images, labels=labels)
 * const load = () => {
 *   const { images, labels } = readNpz('digits.npz');
 *   return { images, labels };
 * };
 */
export function readNpz(source: Source): Readonly<Record<string, Tensor>> {
  const content = readSource('readNpz', source);
  const files = readZip(content);
  const names = files.map(([name]) => name.replace(/\.npy$/, ''));
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined)
    throw badFile(
      content,
      `name is repeated: expected each name once, got ${JSON.stringify(repeated)} twice`,
    );
  return Object.fromEntries(
    files.map(([name, bytes], i) => {
      const inner = content.name === '' ? name : `${content.name}, ${name}`;
      return [names[i], decodeNpy({ op: content.op, name: inner, bytes })];
    }),
  );
}
