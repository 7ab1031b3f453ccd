/** The elements of constants as text. */
import type { ElementType, Shape } from '../target.ts';

const hex = (bits: number, digits: number): string => bits.toString(16).toUpperCase().padStart(digits, '0');

/** A float32 number as text that stands for exactly this number. */
const numberText = (value: number): string => {
  const single = Math.fround(value);
  if (Number.isFinite(single)) {
    const [mantissa, exponent] = single.toExponential().split('e');
    const sign = Object.is(single, -0) ? '-' : '';
    return `${sign}${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${exponent}`;
  }
  return `0x${hex(new Uint32Array(Float32Array.of(single).buffer)[0], 8)}`;
};

const elementText = (type: ElementType, value: number): string => {
  if (type === 'float') return numberText(value);
  return type === 'truth' ? String(value !== 0) : String(type === 'word' ? value >>> 0 : value);
};

const HEX = Array.from({ length: 256 }, (_, byte) => hex(byte, 2));
/** How many bytes are joined at once: longer lists of texts need much memory. */
const BLOCK = 2 ** 14;

const bytesText = (bytes: Uint8Array): string => {
  let text = '';
  for (let start = 0; start < bytes.length; start += BLOCK)
    text += Array.from(bytes.subarray(start, start + BLOCK), (byte) => HEX[byte]).join('');
  return text;
};

export const allEqual = (elements: ArrayLike<number>): boolean => {
  for (let i = 1; i < elements.length; i++) if (!Object.is(elements[i], elements[0])) return false;
  return true;
};

/** The elements of a constant: one number, or all bytes in hexadecimal digits. */
export const elementsText = (type: ElementType, elements: ArrayLike<number>): string => {
  if (elements.length > 0 && allEqual(elements)) return elementText(type, elements[0]);
  const typed = type === 'float' ? Float32Array.from(elements) : Uint32Array.from(elements);
  // Typed arrays are little-endian, as the text is, wherever JavaScript runs.
  return elements.length === 0 ? '' : `"0x${bytesText(new Uint8Array(typed.buffer))}"`;
};

/** Nested lists of elements, as they are written for truth values. */
export const nestedText = (type: ElementType, shape: Shape, elements: readonly number[]): string => {
  if (shape.length === 0) return elementText(type, elements[0]);
  const step = elements.length / shape[0];
  const parts = Array.from({ length: shape[0] }, (_, i) =>
    nestedText(type, shape.slice(1), elements.slice(i * step, (i + 1) * step)),
  );
  return `[${parts.join(', ')}]`;
};
