/** @mini/data: from files to tensors, and what comes between: splits, batches, scaling, windows. */
export { readArrow } from './arrow.ts';
export { batches, type BatchesOptions } from './batches.ts';
export { classes, type NamesOptions, numbers, oneHotColumns } from './columns.ts';
export { readCsv, type ReadCsvOptions } from './csv.ts';
export { type IdxArray, type IdxElements, readIdx, readIdxArray, type ReadIdxOptions } from './idx.ts';
export { kFold, type KFoldOptions } from './k-fold.ts';
export { readNpy } from './npy.ts';
export { readNpz, type ReadNpzOptions } from './npz.ts';
export { dropMissing, fillMissing, selectRows, tableFromRecords } from './rows.ts';
export { slidingWindows, type SlidingWindowsOptions } from './sliding-windows.ts';
export type { Source } from './source.ts';
export { type SplitOptions, trainTestSplit } from './split.ts';
export { standardize, type StandardizeOptions, type Statistics } from './standardize.ts';
export type { Cell, Table } from './table.ts';
