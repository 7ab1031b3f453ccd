/** Ops that move or make elements without computing with them. */
import { LARGE, type OpCase, POSITIVE } from './case.ts';

const HALF: readonly number[] = [512, 1024];

const views = (): OpCase[] => [
  { name: 'reshape', shapes: [LARGE], run: (m, [x]) => m.reshape(x, [2048, 512]) },
  { name: 'expandDims', shapes: [LARGE], run: (m, [x]) => m.expandDims(x, { axis: 1 }) },
  { name: 'squeeze', shapes: [[1024, 1, 1024]], run: (m, [x]) => m.squeeze(x) },
];

const rearranged = (): OpCase[] => [
  { name: 'transpose', python: 'transpose', shapes: [LARGE], run: (m, [x]) => m.transpose(x) },
  { name: 'swapaxes', python: 'swapaxes', shapes: [[64, 128, 128]], run: (m, [x]) => m.swapaxes(x, 0, 2) },
  { name: 'moveaxis', python: 'moveaxis', shapes: [[64, 128, 128]], run: (m, [x]) => m.moveaxis(x, 0, 2) },
  { name: 'flip, axis 0', python: 'flip0', shapes: [LARGE], run: (m, [x]) => m.flip(x, { axis: 0 }) },
  { name: 'flip, axis 1', python: 'flip1', shapes: [LARGE], run: (m, [x]) => m.flip(x, { axis: 1 }) },
  { name: 'roll, axis 1', python: 'roll1', shapes: [LARGE], run: (m, [x]) => m.roll(x, 3, { axis: 1 }) },
  {
    name: 'broadcastTo',
    python: 'broadcastTo',
    shapes: [[1024]],
    run: (m, [x]) => m.broadcastTo(x, LARGE),
  },
  {
    name: 'repeat',
    python: 'repeat',
    shapes: [[1024, 256]],
    run: (m, [x]) => m.repeat(x, 4, { axis: 1 }),
  },
  { name: 'tile', python: 'tile', shapes: [[256, 1024]], run: (m, [x]) => m.tile(x, [4, 1]) },
  { name: 'meshgrid', python: 'meshgrid', shapes: [[1024], [1024]], run: (m, args) => m.meshgrid(args)[1] },
];

const parts = (): OpCase[] => [
  {
    name: 'slice, every second row',
    python: 'rows2',
    shapes: [LARGE],
    run: (m, [x]) => m.slice(x, [null, null, 2]),
  },
  {
    name: 'slice, every second column',
    python: 'columns2',
    shapes: [LARGE],
    run: (m, [x]) => m.slice(x, null, [null, null, 2]),
  },
  { name: 'dynamicSlice', shapes: [LARGE], run: (m, [x]) => m.dynamicSlice(x, [256, 256], [512, 512]) },
  {
    name: 'dynamicUpdateSlice',
    shapes: [LARGE, [512, 512]],
    run: (m, [x, part]) => m.dynamicUpdateSlice(x, part, [256, 256]),
  },
  {
    name: 'split, the second half',
    python: 'split1',
    shapes: [LARGE],
    run: (m, [x]) => m.split(x, 2, { axis: 1 })[1],
  },
  { name: 'arraySplit, a third', shapes: [LARGE], run: (m, [x]) => m.arraySplit(x, 3, { axis: 1 })[1] },
  { name: 'diagonal', python: 'diagonal', shapes: [LARGE], run: (m, [x]) => m.diagonal(x) },
  { name: 'tril', python: 'tril', shapes: [LARGE], run: (m, [x]) => m.tril(x) },
  { name: 'triu', python: 'triu', shapes: [LARGE], run: (m, [x]) => m.triu(x) },
];

const joined = (): OpCase[] => [
  {
    name: 'concatenate',
    python: 'concatenate',
    shapes: [HALF, HALF],
    run: (m, args) => m.concatenate(args),
  },
  { name: 'stack', python: 'stack', shapes: [HALF, HALF], run: (m, args) => m.stack(args) },
  { name: 'pad', python: 'pad', shapes: [LARGE], run: (m, [x]) => m.pad(x, 1) },
  { name: 'diag', python: 'diag', shapes: [[1024]], run: (m, [x]) => m.diag(x) },
];

const gathered = (): OpCase[] => [
  {
    name: 'take rows',
    python: 'take0',
    indices: 1024,
    shapes: [LARGE, [1024]],
    run: (m, [x, at]) => m.take(x, at, { axis: 0 }),
  },
  {
    name: 'take columns',
    python: 'take1',
    indices: 1024,
    shapes: [LARGE, [1024]],
    run: (m, [x, at]) => m.take(x, at, { axis: 1 }),
  },
  ...[0, 1].map((axis): OpCase => ({
    name: `takeAlongAxis, axis ${axis}`,
    python: `takeAlongAxis${axis}`,
    indices: 1024,
    shapes: [LARGE, LARGE],
    run: (m, [x, at]) => m.takeAlongAxis(x, at, { axis }),
  })),
  {
    name: 'oneHot',
    shapes: [[1], [1024]],
    indices: 1024,
    run: (m, [, labels]) => m.oneHot(labels, 1024),
  },
  {
    name: 'scatterSet',
    shapes: [LARGE, [512], HALF],
    indices: 1024,
    run: (m, [x, at, rows]) => m.scatterSet(x, at, rows, { axis: 0 }),
  },
  {
    name: 'scatterAdd',
    shapes: [LARGE, [512], HALF],
    indices: 1024,
    run: (m, [x, at, rows]) => m.scatterAdd(x, at, rows, { axis: 0 }),
  },
  {
    name: 'segmentSum',
    shapes: [LARGE, [1024]],
    indices: 64,
    run: (m, [x, segments]) => m.segmentSum(x, segments, 64),
  },
];

/** Ops without operands. In compiled functions they are constants. */
const made = (): OpCase[] => [
  { name: 'zeros', python: 'zeros', shapes: [], isEagerOnly: true, run: (m) => m.zeros(LARGE) },
  { name: 'ones', python: 'ones', shapes: [], isEagerOnly: true, run: (m) => m.ones(LARGE) },
  { name: 'full', python: 'full', shapes: [], isEagerOnly: true, run: (m) => m.full(LARGE, 3) },
  { name: 'zerosLike', shapes: [LARGE], isEagerOnly: true, run: (m, [x]) => m.zerosLike(x) },
  { name: 'onesLike', shapes: [LARGE], isEagerOnly: true, run: (m, [x]) => m.onesLike(x) },
  { name: 'eye', python: 'eye', shapes: [], isEagerOnly: true, run: (m) => m.eye(1024) },
  { name: 'arange', python: 'arange', shapes: [], isEagerOnly: true, run: (m) => m.arange(1_000_000) },
  {
    name: 'linspace',
    python: 'linspace',
    shapes: [],
    isEagerOnly: true,
    run: (m) => m.linspace(0, 1, 1_000_000),
  },
  {
    name: 'tensor, from an array',
    shapes: [LARGE],
    range: POSITIVE,
    isEagerOnly: true,
    run: (m, [x]) => m.tensor(x.data, x.shape),
  },
];

export const moves = (): OpCase[] => [
  ...views(),
  ...rearranged(),
  ...parts(),
  ...joined(),
  ...gathered(),
  ...made(),
];
