/** Tables in Apache Arrow's format. */
import { describe, describeContent } from '@mini/autograd/check';
import { checkArrow } from './arrow-check.ts';
import { decodeArrow, loadArrow } from './arrow-table.ts';
import { badFile } from './content.ts';
import { readSource, type Source } from './source.ts';
import type { Table } from './table.ts';

/**
 * Reads a table from an Arrow file or stream (IPC), such as a Feather file of version 2.
 *
 * Texts, also those of dictionaries, become strings, and numbers stay numbers. Booleans become 1
 * and 0. Dates and timestamps become milliseconds since 1970. 64-bit integers must be safe
 * integers. NaN and null are missing values. The rows have no lines, so errors count them from 0.
 * Compressed files are not supported: write them without compression.
 *
 * This needs the package apache-arrow, version 21, which you install yourself. It is loaded at the
 * first call.
 *
 * The promise is rejected with a RangeError if the package is missing, if the file cannot be read,
 * for other and damaged files, and for columns of other types. Format:
 * https://arrow.apache.org/docs/format/Columnar.html
 *
 * @example
 * const load = async () => {
 *   const flights = await readArrow('flights.arrow');
 *   return numbers(flights, 'delay');
 * };
 */
export async function readArrow(source: Source): Promise<Table> {
  const op = 'readArrow';
  const content = readSource(op, source);
  const found = describeContent(content.bytes);
  if (!found.includes('Arrow'))
    throw badFile(
      content,
      `not an Arrow file: expected the bytes ARROW1, or those of a stream, got ${found}`,
    );
  const arrow = await loadArrow(op);
  try {
    checkArrow(content);
    return decodeArrow(arrow, content);
  } catch (error) {
    if ((error as { readonly op?: unknown }).op === op) throw error;
    throw badFile(
      content,
      `damaged Arrow file: expected valid data, got the error ${describe((error as Error).message)}`,
    );
  }
}
