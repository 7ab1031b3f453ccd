/** A pad to draw on with mouse, pen, finger or keyboard. */
import { toMnistImage } from './drawing.ts';

/** The side of the drawing, in its own pixels. */
const SIDE = 280;
const PEN_WIDTH = 22;
/** How far an arrow key moves the pen. */
const KEY_STEP = 10;

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PadOptions {
  /** The drawing changed: as an image of MNIST, or undefined without ink. `finished`: no stroke is under way. */
  readonly onChange: (image: Uint8Array | undefined, finished: boolean) => void;
  /** Something is drawn or wiped, which is another thing than showing an image. */
  readonly onDraw: () => void;
}

export interface Pad {
  clear(): void;
  /** Shows grey values (ink is high) in the place of a drawing. */
  showImage(pixels: Uint8Array, rows: number, columns: number): void;
}

const KEY_MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-KEY_STEP, 0],
  ArrowRight: [KEY_STEP, 0],
  ArrowUp: [0, -KEY_STEP],
  ArrowDown: [0, KEY_STEP],
};

/** Makes a pad of an element with a canvas and a mark for the pen. */
export const startPad = (place: HTMLElement, { onChange, onDraw }: PadOptions): Pad => {
  const canvas = place.querySelector('canvas');
  const pen = place.querySelector<HTMLElement>('.pen');
  const context = canvas?.getContext('2d', { willReadFrequently: true }) ?? null;
  if (canvas === null || pen === null || context === null)
    throw new Error('the pad needs a canvas and a pen');

  const clear = (): void => {
    context.fillStyle = 'white';
    context.fillRect(0, 0, SIDE, SIDE);
  };
  const line = (from: Point, to: Point): void => {
    context.strokeStyle = 'black';
    context.lineWidth = PEN_WIDTH;
    context.lineCap = context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(from.x, from.y);
    // A dot is a line without length, which would not be drawn.
    context.lineTo(to.x + (from.x === to.x && from.y === to.y ? 0.01 : 0), to.y);
    context.stroke();
  };
  const read = (): Uint8Array | undefined => {
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    return toMnistImage(
      Uint8Array.from({ length: SIDE * SIDE }, (_, i) => 255 - data[4 * i]),
      SIDE,
      SIDE,
    );
  };
  // The drawing is read once a frame, however fast the pointer is.
  let pending = 0;
  const changed = (finished: boolean): void => {
    cancelAnimationFrame(pending);
    if (finished) onChange(read(), true);
    else pending = requestAnimationFrame(() => onChange(read(), false));
  };

  let last: Point | undefined;
  const pointOf = (event: PointerEvent): Point => {
    const box = canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * SIDE,
      y: ((event.clientY - box.top) / box.height) * SIDE,
    };
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    onDraw();
    last = pointOf(event);
    line(last, last);
    changed(false);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (last === undefined || !event.isPrimary) return;
    const steps = event.getCoalescedEvents();
    for (const step of steps.length > 0 ? steps : [event]) {
      const point = pointOf(step);
      line(last, point);
      last = point;
    }
    changed(false);
  });
  const lift = (event: PointerEvent): void => {
    if (last === undefined || !event.isPrimary) return;
    last = undefined;
    changed(true);
  };
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);

  // The keyboard moves a pen of its own.
  let position: Point = { x: SIDE / 2, y: SIDE / 2 };
  let isDown = false;
  const showPen = (): void => {
    pen.style.left = `${(100 * position.x) / SIDE}%`;
    pen.style.top = `${(100 * position.y) / SIDE}%`;
    pen.classList.toggle('down', isDown);
  };
  const clampPlace = (value: number): number => Math.min(SIDE, Math.max(0, value));
  canvas.addEventListener('keydown', (event) => {
    const move = KEY_MOVES[event.key];
    if (move !== undefined) {
      if (isDown) onDraw();
      const next = { x: clampPlace(position.x + move[0]), y: clampPlace(position.y + move[1]) };
      if (isDown) line(position, next);
      position = next;
    } else if (event.key === ' ') {
      isDown = !isDown;
      onDraw();
      if (isDown) line(position, position);
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      isDown = false;
      onDraw();
      clear();
    } else return;
    event.preventDefault();
    pen.hidden = false;
    showPen();
    changed(!isDown);
  });
  canvas.addEventListener('blur', () => {
    pen.hidden = true;
    isDown = false;
  });

  clear();
  return {
    clear() {
      onDraw();
      clear();
      changed(true);
    },
    showImage(pixels, rows, columns) {
      const small = new OffscreenCanvas(columns, rows);
      const image = new ImageData(columns, rows);
      pixels.forEach((ink, i) => image.data.set([255 - ink, 255 - ink, 255 - ink, 255], 4 * i));
      small.getContext('2d')?.putImageData(image, 0, 0);
      context.imageSmoothingEnabled = false;
      context.drawImage(small, 0, 0, SIDE, SIDE);
      changed(true);
    },
  };
};
