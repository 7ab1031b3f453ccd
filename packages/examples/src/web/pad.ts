/** A pad to draw digits on with mouse, pen, finger or keyboard. */
import { type Drawing, drawWithKeyboard, drawWithPointer } from './pens.ts';
import { Sketch, type Point } from './sketch.ts';

export interface PadEvents {
  /**
   * Called after every change with the drawing as an image like MNIST's, or undefined if it is
   * empty. `isFinished` is false in the middle of a stroke.
   */
  readonly onChange: (image: Uint8Array | undefined, isFinished: boolean) => void;
  /** Called when the user draws or clears, but not when an image is shown. */
  readonly onDraw: () => void;
}

export class Pad implements Drawing {
  readonly #sketch: Sketch;
  readonly #events: PadEvents;
  #nextFrame = 0;
  /** Whether the pad shows an image that the user has not drawn. */
  #isImage = false;

  constructor(element: HTMLElement, events: PadEvents) {
    const canvas = element.querySelector('canvas');
    const mark = element.querySelector<HTMLElement>('.pen');
    if (canvas === null || mark === null) throw new Error('the pad needs a canvas and a .pen');
    this.#sketch = new Sketch(canvas);
    this.#events = events;
    drawWithPointer(canvas, this);
    drawWithKeyboard(canvas, mark, this);
  }

  line(from: Point, to: Point): void {
    this.#events.onDraw();
    // A drawing replaces an image: both together are no digit.
    if (this.#isImage) this.#sketch.clear();
    this.#isImage = false;
    this.#sketch.line(from, to);
    this.#report(false);
  }

  lift(): void {
    this.#report(true);
  }

  clear(): void {
    this.#events.onDraw();
    this.#isImage = false;
    this.#sketch.clear();
    this.#report(true);
  }

  /** Replaces the drawing by an image of grey values, 255 for black. */
  showImage(pixels: Uint8Array, rows: number, columns: number): void {
    this.#isImage = true;
    this.#sketch.showImage(pixels, rows, columns);
    this.#report(true);
  }

  /** Reports the drawing: at once if it is finished, else in the next frame and once a frame. */
  #report(isFinished: boolean): void {
    const report = (): void => this.#events.onChange(this.#sketch.toImage(), isFinished);
    cancelAnimationFrame(this.#nextFrame);
    if (isFinished) report();
    else this.#nextFrame = requestAnimationFrame(report);
  }
}
