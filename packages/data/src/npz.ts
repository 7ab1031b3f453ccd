/** Archives of arrays saved by NumPy: numpy.savez and numpy.savez_compressed. */
import type { Tensor } from '@mini/autograd';
import { checkOptions, describe } from '@mini/autograd/check';
import { decodeNpy } from './npy.ts';
import { badFile } from './content.ts';
import { readSource, type Source } from './source.ts';
import { checkNames, firstRepeated } from './table.ts';
import { readZip } from './zip.ts';

export interface ReadNpzOptions {
  /** The names of the arrays to read; by default all. */
  readonly names?: readonly string[];
}

/**
 * Reads all arrays of a `.npz` file, which numpy.savez and numpy.savez_compressed write, by name.
 *
 * Arrays that were saved without names are `arr_0`, `arr_1` and so on. They are read as by
 * `readNpy`. The option `names` chooses among them, for archives that also have arrays of texts.
 * Data that would take far more memory than the file are refused: more than 128 MB and a hundred
 * times its size. Archives of more than 4 GB are not supported.
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
export function readNpz(source: Source, options: ReadNpzOptions = {}): Readonly<Record<string, Tensor>> {
  const op = 'readNpz';
  const { names: given } = checkOptions(op, options, ['names']);
  const wanted = given === undefined ? undefined : checkNames(op, 'names', given);
  const content = readSource(op, source);
  const files = readZip(content);
  const names = files.map(([name]) => name.replace(/\.npy$/, ''));
  const repeated = firstRepeated(names);
  if (repeated !== undefined)
    throw badFile(
      content,
      `name is repeated: expected each name once, got ${JSON.stringify(repeated)} twice`,
    );
  const unknown = wanted?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw badFile(content, `no array ${describe(unknown)}: expected one of ${names.join(', ')}`);
  return Object.fromEntries(
    files.flatMap(([name, bytes], i) => {
      if (wanted !== undefined && !wanted.includes(names[i])) return [];
      const inner = content.name === '' ? name : `${content.name}, ${name}`;
      return [[names[i], decodeNpy({ op, name: inner, bytes })]];
    }),
  );
}
