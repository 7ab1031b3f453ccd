/** The canvas of the pad: black ink on white. */
import { toMnistImage } from '../drawing.ts';

/** Width and height of the canvas in its own pixels. */
export const SIDE = 280;
const LINE_WIDTH = 22;

/** A point on the canvas. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export class Sketch {
  readonly #context: CanvasRenderingContext2D;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (context === null) throw new Error('the browser cannot draw on a canvas');
    this.#context = context;
    context.lineWidth = LINE_WIDTH;
    context.lineCap = context.lineJoin = 'round';
    context.imageSmoothingEnabled = false;
    this.clear();
  }

  clear(): void {
    this.#context.fillStyle = 'white';
    this.#context.fillRect(0, 0, SIDE, SIDE);
  }

  /** Draws a line, or a dot if both ends are the same point. */
  line(from: Point, to: Point): void {
    const context = this.#context;
    context.beginPath();
    context.moveTo(from.x, from.y);
    // Canvases do not draw lines of length 0.
    context.lineTo(to.x + (from.x === to.x && from.y === to.y ? 0.01 : 0), to.y);
    context.stroke();
  }

  /** Shows an image of grey values, 255 for black, enlarged to the whole canvas. */
  showImage(pixels: Uint8Array, rows: number, columns: number): void {
    const small = new OffscreenCanvas(columns, rows);
    const image = new ImageData(columns, rows);
    pixels.forEach((ink, i) => image.data.set([255 - ink, 255 - ink, 255 - ink, 255], 4 * i));
    small.getContext('2d')?.putImageData(image, 0, 0);
    this.#context.drawImage(small, 0, 0, SIDE, SIDE);
  }

  /** Returns the drawing as an image like MNIST's, or undefined if there is no ink. */
  toImage(): Uint8Array | undefined {
    const { data } = this.#context.getImageData(0, 0, SIDE, SIDE);
    const ink = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => 255 - data[4 * i]);
    return toMnistImage(ink, SIDE, SIDE);
  }
}
