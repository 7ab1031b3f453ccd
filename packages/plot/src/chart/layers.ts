/** What is drawn into a chart besides uPlot's lines and points: bars, and lines between series. */
import type uPlot from 'uplot';
import type { Chart } from '../drawing.ts';
import type { Theme } from './theme.ts';

/** The share of the distance between two names that bars fill. */
const BARS_WIDTH = 0.8;

/** Draws the bars of all series, those of each name side by side. */
export const drawBars =
  ({ series, logY }: Chart, { colors }: Theme) =>
  ({ ctx, data, valToPos, bbox }: uPlot): void => {
    const floor = logY ? bbox.top + bbox.height : valToPos(0, 'y', true);
    ctx.save();
    data[0].forEach((x, i) => {
      const bars = [...series.keys()].filter((index) => typeof data[index + 1][i] === 'number');
      // A single bar takes all of the place; of several, each has the place of its series.
      const isSingle = bars.length === 1;
      const width = BARS_WIDTH / (isSingle ? 1 : series.length);
      for (const index of bars) {
        const { color } = series[index];
        const value = data[index + 1][i] as number;
        const left = x - BARS_WIDTH / 2 + (isSingle ? 0 : index * width);
        const [from, to] = [left, left + width].map((at) => valToPos(at, 'x', true));
        const top = valToPos(value, 'y', true);
        ctx.fillStyle = colors[color];
        ctx.fillRect(from, Math.min(top, floor), Math.max(1, to - from), Math.abs(floor - top));
      }
    });
    ctx.restore();
  };

/** The half width of the ends of whiskers, in pixels of the canvas. */
const END = 5;

/** Draws lines that show spreads, over bars and below points. */
export const drawWhiskers =
  (whiskers: NonNullable<Chart['whiskers']>, { text }: Theme) =>
  ({ ctx, data, valToPos, bbox }: uPlot): void => {
    // A logarithmic axis has no place for an end that is not positive.
    const bottom = bbox.top + bbox.height;
    const placeOf = (value: number): number => {
      const place = valToPos(value, 'y', true);
      return Number.isFinite(place) ? Math.min(place, bottom) : bottom;
    };
    ctx.save();
    ctx.strokeStyle = text;
    ctx.lineWidth = 2;
    data[0].forEach((x, i) => {
      const whisker = whiskers[i];
      if (whisker === null || whisker === undefined) return;
      const at = valToPos(x, 'x', true);
      const [from, to] = whisker.map(placeOf);
      ctx.beginPath();
      ctx.moveTo(at, from);
      ctx.lineTo(at, to);
      for (const end of [from, to]) {
        ctx.moveTo(at - END, end);
        ctx.lineTo(at + END, end);
      }
      ctx.stroke();
    });
    ctx.restore();
  };
