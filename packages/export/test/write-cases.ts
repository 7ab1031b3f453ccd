/**
 * Writes every program as StableHLO and ONNX, with arguments and expected results, for check.py:
 *
 *     pnpm export:cases DIR && python3 packages/export/python/check.py DIR
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toOnnx, toStableHLO } from '../src/index.ts';
import { leavesOf, programs } from './programs.ts';

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  console.error('usage: pnpm export:cases DIR');
  process.exit(1);
}
mkdirSync(directory, { recursive: true });

/** NaN and infinities have no JSON. */
const asJson = (elements: ArrayLike<number>): (number | string)[] =>
  Array.from(elements, (value) =>
    Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0.0' : String(value),
  );

const entries = programs().map(({ name, f, args, expected, tolerance, scales }, i) => {
  const file = `case-${String(i).padStart(3, '0')}`;
  writeFileSync(join(directory, `${file}.stablehlo`), toStableHLO(f, ...args));
  writeFileSync(join(directory, `${file}.onnx`), toOnnx(f, ...args));
  const leaves = leavesOf(args);
  return {
    name,
    file,
    inputs: leaves.map((leaf) => ({
      type: leaf.data instanceof Uint32Array ? 'key' : 'float',
      shape: leaf.data instanceof Uint32Array ? [...leaf.shape, 2] : leaf.shape,
      elements: asJson(leaf.data),
    })),
    expected: expected.map((elements, k) => ({
      elements: asJson(elements),
      ...(scales === undefined ? {} : { scales: scales === 'relative' ? scales : asJson(scales[k]) }),
    })),
    tolerance,
  };
});
writeFileSync(join(directory, 'cases.json'), `${JSON.stringify(entries)}\n`);
console.log(`${entries.length} cases in ${directory}`);
