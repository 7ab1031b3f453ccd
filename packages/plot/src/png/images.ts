/** Pictures in a grid, and confusion matrices, in a PNG. */
import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { formatNumber } from '../chart/numbers.ts';
import { longestOf } from '../chart/axes.ts';
import { LIGHT } from '../chart/theme.ts';
import { CONFUSION_NOTE, cellShade, cellText } from '../confusion.ts';
import type { Confusion, Images } from '../drawing.ts';
import { toRgba, widthOf } from '../pixels.ts';
import { fontOf, INNER_WIDTH, MARGIN, type Part, titlePart, writeText } from './paper.ts';

const LABEL_HEIGHT = 20;
const GAP = 8;

const drawImage = (
  context: SKRSContext2D,
  images: Images,
  index: number,
  x: number,
  y: number,
  width: number,
): void => {
  const canvas = createCanvas(images.columns, images.rows);
  const own = canvas.getContext('2d');
  const data = own.createImageData(images.columns, images.rows);
  data.data.set(toRgba(images, index));
  own.putImageData(data, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, x, y, width, (width * images.rows) / images.columns);
  context.imageSmoothingEnabled = true;
};

/** Returns the part of pictures in a grid. */
export const imagesPart = (images: Images): Part => {
  const { pictures, labels, perRow } = images;
  const title = titlePart(images.title);
  const wanted = Math.min(INNER_WIDTH, widthOf(images));
  const across = Math.min(
    pictures.length,
    perRow ?? Math.max(1, Math.floor((INNER_WIDTH + GAP) / (wanted + GAP))),
  );
  const width = Math.min(wanted, (INNER_WIDTH - (across - 1) * GAP) / across);
  const height = (width * images.rows) / images.columns + GAP + (labels.length > 0 ? LABEL_HEIGHT : 0);
  return {
    height: title.height + Math.ceil(pictures.length / across) * height + GAP,
    draw(context, top) {
      void title.draw(context, top);
      pictures.forEach((_, i) => {
        const x = MARGIN + (i % across) * (width + GAP);
        const y = top + title.height + Math.floor(i / across) * height;
        drawImage(context, images, i, x, y, width);
        if (labels.length > 0)
          writeText(context, labels[i], x, y + height - GAP - 4, fontOf(11), { room: width });
      });
    },
  };
};

const CELL_HEIGHT = 26;

/** Returns the part of a confusion matrix. */
export const confusionPart = ({ title: text, counts, labels }: Confusion): Part => {
  const title = titlePart(text);
  const size = counts.length;
  const longest = longestOf(labels);
  const labelWidth = Math.min(200, 16 + 7.5 * longest);
  const widest = Math.max(longest, longestOf(counts.flat().map(formatNumber)));
  const cellWidth = Math.min(Math.max(44, 16 + 7.5 * widest), (INNER_WIDTH - labelWidth) / size);
  return {
    height: title.height + (size + 1) * CELL_HEIGHT + 34,
    draw(context, top) {
      void title.draw(context, top);
      const left = MARGIN + labelWidth;
      const first = top + title.height + CELL_HEIGHT;
      const write = (cell: string, x: number, y: number, width: number, align: 'center' | 'right'): void => {
        context.textAlign = align;
        const at = align === 'center' ? x + width / 2 : x + width - 8;
        writeText(context, cell, at, y + 18, fontOf(13), { room: width - 4 });
        context.textAlign = 'left';
      };
      counts.forEach((row, label) => {
        const y = first + label * CELL_HEIGHT;
        const total = row.reduce((a, b) => a + b, 0);
        write(labels[label], left + label * cellWidth, first - CELL_HEIGHT, cellWidth, 'center');
        write(labels[label], MARGIN, y, labelWidth, 'right');
        row.forEach((count, predicted) => {
          const x = left + predicted * cellWidth;
          context.globalAlpha = cellShade(count, total);
          context.fillStyle = predicted === label ? LIGHT.colors.blue : LIGHT.colors.orange;
          context.fillRect(x, y, cellWidth, CELL_HEIGHT);
          context.globalAlpha = 1;
          context.lineWidth = 1;
          context.strokeStyle = LIGHT.grid;
          context.strokeRect(x, y, cellWidth, CELL_HEIGHT);
          write(cellText(count), x, y, cellWidth, 'center');
        });
      });
      writeText(context, CONFUSION_NOTE, MARGIN, first + size * CELL_HEIGHT + 22, fontOf(12));
    },
  };
};
