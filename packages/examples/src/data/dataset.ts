/** Labelled images, as bytes. */

/** Rows and columns of MNIST's images. */
export const MNIST_SIDE = 28;

/** Images [count, rows, columns] of grey values, 0 for paper and 255 for ink, and their labels. */
export interface Dataset {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
}

/** Training and test images, and a description of their source. */
export interface Splits {
  readonly train: Dataset;
  readonly test: Dataset;
  readonly source: string;
}

/** Returns the images from `start` to `end` (exclusive), as views. */
export const subset = (data: Dataset, start: number, end: number): Dataset => ({
  ...data,
  images: data.images.subarray(start * data.rows * data.columns, end * data.rows * data.columns),
  labels: data.labels.subarray(start, end),
  count: end - start,
});
