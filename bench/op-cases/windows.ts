/** Convolutions and pooling. PyTorch has channels before spatial axes, so it does not take part. */
import type { OpCase } from './case.ts';

const IMAGES: readonly number[] = [8, 28, 28, 64];
/** Positions, kernel elements, channels in and out, twice. */
const OPERATIONS = 2 * 8 * 28 * 28 * 9 * 64 * 64;

export const windows = (): OpCase[] => [
  {
    name: 'conv 3×3',
    shapes: [IMAGES, [3, 3, 64, 64]],
    operations: OPERATIONS,
    run: (m, [x, kernel]) => m.conv(x, kernel),
  },
  {
    name: 'convTranspose 3×3',
    shapes: [IMAGES, [3, 3, 64, 64]],
    operations: OPERATIONS,
    run: (m, [x, kernel]) => m.convTranspose(x, kernel),
  },
  { name: 'maxPool 2×2', shapes: [IMAGES], run: (m, [x]) => m.maxPool(x, { window: 2, strides: 2 }) },
  { name: 'avgPool 2×2', shapes: [IMAGES], run: (m, [x]) => m.avgPool(x, { window: 2, strides: 2 }) },
];
