/** Which results of products the gradient of a loop keeps, instead of computing them again. */
import type { Tensor } from '../core/tensor.ts';

const PRODUCTS: ReadonlySet<string> = new Set(['matmul', 'conv']);
/** If only one of these ops reads a product, its result is kept instead of the product. */
const SUMS: ReadonlySet<string> = new Set(['add', 'sub', 'reshape']);

/**
 * Returns the products that `outs` were computed from, in an order that depends only on the
 * function. If only a sum reads a product, returns the sum instead. Searches only records from
 * `first` on.
 *
 * All of them together are at most as large as the carries, which are the first `carries` of
 * `outs`. So keeping them at most doubles the memory that the saved carries take.
 */
export const keptProducts = (outs: readonly Tensor[], carries: number, first: number): Tensor[] => {
  const inputsOf = ({ record }: Tensor): readonly Tensor[] =>
    record !== undefined && record.id >= first ? record.inputs : [];
  const opOf = ({ record }: Tensor): string => record?.op ?? '';
  const found = new Set(outs);
  for (const x of found) for (const input of inputsOf(x)) found.add(input);
  const read = new Set([...found].flatMap((x) => (SUMS.has(opOf(x)) ? [] : inputsOf(x))));

  const products = new Set<Tensor>();
  const idOf = ({ record }: Tensor): number => record?.id ?? 0;
  for (const x of [...found].sort((a, b) => idOf(a) - idOf(b))) {
    const isSum = SUMS.has(opOf(x)) && inputsOf(x).some((input) => products.has(input));
    if (isSum || (PRODUCTS.has(opOf(x)) && inputsOf(x).length > 0)) products.add(x);
  }
  let room = outs.slice(0, carries).reduce((total, { size }) => total + size, 0);
  return [...products].filter((x) => {
    if (!read.has(x) || outs.includes(x) || x.size > room) return false;
    room -= x.size;
    return true;
  });
};
