/** What is drawn into a chart besides uPlot's lines and points: bars, and lines between series. */
import type uPlot from 'uplot';
import type { Chart } from '../drawing.ts';
import type { Theme } from './theme.ts';

/** The share of the distance between two names that bars fill. */
const BARS_WIDTH = 0.8;

/** Draws the bars of all series, side by side at each name. */
export const drawBars =
  ({ series }: Chart, { colors }: Theme) =>
  ({ ctx, data, valToPos }: uPlot): void => {
    const bars = series.flatMap(({ draw }, i) => (draw === 'bars' ? [i] : []));
    const width = BARS_WIDTH / Math.max(1, bars.length);
    const floor = valToPos(0, 'y', true);
    ctx.save();
    bars.forEach((index, place) => {
      ctx.fillStyle = colors[series[index].color];
      data[0].forEach((x, i) => {
        const value = data[index + 1][i];
        if (typeof value !== 'number') return;
        const left = x - BARS_WIDTH / 2 + place * width;
        const [from, to] = [left, left + width].map((at) => valToPos(at, 'x', true));
        const top = valToPos(value, 'y', true);
        ctx.fillRect(from, Math.min(top, floor), Math.max(1, to - from), Math.abs(floor - top));
      });
    });
    ctx.restore();
  };

/** Draws lines between the values of two series, below all points. */
export const drawWhiskers =
  ([low, high]: readonly [number, number], { colors }: Theme) =>
  ({ ctx, data, valToPos }: uPlot): void => {
    ctx.save();
    ctx.strokeStyle = colors.grey;
    ctx.lineWidth = 3;
    data[0].forEach((x, i) => {
      const [from, to] = [data[low + 1][i], data[high + 1][i]];
      if (typeof from !== 'number' || typeof to !== 'number') return;
      ctx.beginPath();
      ctx.moveTo(valToPos(x, 'x', true), valToPos(from, 'y', true));
      ctx.lineTo(valToPos(x, 'x', true), valToPos(to, 'y', true));
      ctx.stroke();
    });
    ctx.restore();
  };
