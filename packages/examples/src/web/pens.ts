/** Two ways to draw on the pad: with a pointer (mouse, pen or finger), and with the keyboard. */
import { type Point, SIDE } from './sketch.ts';

/** Receives what the user draws. */
export interface Drawing {
  line(from: Point, to: Point): void;
  /** Ends a stroke. */
  lift(): void;
  clear(): void;
}

/** Draws where the primary pointer is pressed and moved. */
export const drawWithPointer = (canvas: HTMLCanvasElement, drawing: Drawing): void => {
  /** The end of the stroke in progress. */
  let last: Point | undefined;
  const pointOf = (event: PointerEvent): Point => {
    const box = canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * SIDE,
      y: ((event.clientY - box.top) / box.height) * SIDE,
    };
  };
  const lift = (event: PointerEvent): void => {
    if (last === undefined || !event.isPrimary) return;
    last = undefined;
    drawing.lift();
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    last = pointOf(event);
    drawing.line(last, last);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (last === undefined || !event.isPrimary) return;
    const moves = event.getCoalescedEvents();
    for (const move of moves.length > 0 ? moves : [event]) {
      const point = pointOf(move);
      drawing.line(last, point);
      last = point;
    }
  });
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
};

/** The distance that an arrow key moves the pen. */
const KEY_STEP = 10;

const clamp = (value: number): number => Math.min(SIDE, Math.max(0, value));

/** Draws with arrow keys, Space (pen down, pen up) and Delete; `mark` shows where the pen is. */
export const drawWithKeyboard = (canvas: HTMLCanvasElement, mark: HTMLElement, drawing: Drawing): void => {
  let position: Point = { x: SIDE / 2, y: SIDE / 2 };
  let isDown = false;
  const move = (dx: number, dy: number): void => {
    const next = { x: clamp(position.x + dx), y: clamp(position.y + dy) };
    if (isDown) drawing.line(position, next);
    position = next;
  };
  const setDown = (down: boolean): void => {
    if (down) drawing.line(position, position);
    else if (isDown) drawing.lift();
    isDown = down;
  };
  const clear = (): void => {
    isDown = false;
    drawing.clear();
  };
  const actions: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => move(-KEY_STEP, 0),
    ArrowRight: () => move(KEY_STEP, 0),
    ArrowUp: () => move(0, -KEY_STEP),
    ArrowDown: () => move(0, KEY_STEP),
    ' ': () => setDown(!isDown),
    Delete: clear,
    Backspace: clear,
  };
  canvas.addEventListener('keydown', (event) => {
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
    mark.hidden = false;
    mark.style.left = `${(100 * position.x) / SIDE}%`;
    mark.style.top = `${(100 * position.y) / SIDE}%`;
    mark.classList.toggle('down', isDown);
  });
  canvas.addEventListener('blur', () => {
    mark.hidden = true;
    setDown(false);
  });
};
