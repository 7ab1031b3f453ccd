/** The pictures of AUTODIFF.md, as SVG. `pnpm docs:pictures` writes them to docs/images. */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { mul, sin, tensor, type Tensor } from '@mini/autograd';
import { drawGraph } from '@mini/plot/graph';
import type { Box, Diagram, Kind } from '../packages/plot/src/graph/diagram.ts';
import { place } from '../packages/plot/src/graph/layout.ts';
import { toSvg } from '../packages/plot/src/graph/svg.ts';

const box = (kind: Kind, label: string, detail: string): Box => ({ kind, label, detail, title: label });

/** The program y = sin(x²), with the value and the slope of each step at x = 0.7. */
const forwardMode = (): Diagram => {
  const [x, a] = [0.7, 0.7 ** 2];
  const numbers = (value: number, slope: number): string =>
    `value ${value.toFixed(4)}, slope ${slope.toFixed(4)}`;
  return {
    caption: '',
    boxes: [
      box('input', 'x', numbers(x, 1)),
      box('value', 'a = x²', numbers(a, 2 * x)),
      box('value', 'y = sin(a)', numbers(Math.sin(a), Math.cos(a) * 2 * x)),
    ],
    arrows: [
      { from: 0, to: 1 },
      { from: 1, to: 2 },
    ],
  };
};

/** The program y = a·sin(a) with a = x²: two steps use a. */
const order = (): Diagram => ({
  caption: '',
  boxes: [
    box('input', 'x', 'forwards 1st, backwards 4th'),
    box('value', 'a = x²', 'forwards 2nd, backwards 3rd'),
    box('value', 's = sin(a)', 'forwards 3rd, backwards 2nd'),
    box('value', 'y = a · s', 'forwards 4th, backwards 1st'),
  ],
  arrows: [
    { from: 0, to: 1 },
    { from: 1, to: 2 },
    { from: 1, to: 3 },
    { from: 2, to: 3 },
  ],
});

/** The texts of the pictures, by file name. */
export const pictures: Readonly<Record<string, string>> = {
  'sine-graph.svg': drawGraph(function sine(x: Tensor) {
    return sin(mul(x, x));
  }, tensor(0.7)),
  'forward-mode.svg': toSvg('Forward mode for y = sin(x²)', [place(forwardMode())]),
  'order.svg': toSvg('The order of the steps of y = a·sin(a), a = x²', [place(order())]),
};

export const pathOf = (name: string): URL => new URL(`images/${name}`, import.meta.url);

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  for (const [name, text] of Object.entries(pictures)) writeFileSync(pathOf(name), text);
