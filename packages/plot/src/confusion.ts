/** What pages and pictures show of a confusion matrix. */
import { formatNumber } from './chart/numbers.ts';

export const CONFUSION_NOTE = 'Rows: labels. Columns: predictions.';

/** The text in a cell. */
export const cellText = (count: number): string => (count === 0 ? '·' : formatNumber(count));

/**
 * How strong the colour of a cell is, from 0 to 0.85.
 *
 * Mistakes are few. To be visible, their colour grows with the square root of their share.
 */
export const cellShade = (count: number, total: number): number =>
  Math.sqrt(count / Math.max(1, total)) * 0.85;
