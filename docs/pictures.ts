/** The pictures of AUTODIFF.md, as SVG. `pnpm docs:pictures` writes them to docs/images. */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { mul, sin, tensor, type Tensor } from '@mini/autograd';
import { drawGraph } from '@mini/plot/graph';
import type { Box, Diagram, Kind } from '../packages/plot/src/graph/diagram.ts';
import { place } from '../packages/plot/src/graph/layout.ts';
import { toSvg } from '../packages/plot/src/graph/svg.ts';

const X = 0.7;
/** The slopes of the two steps, da/dx and dy/da. */
const [SLOPE_A, SLOPE_Y] = [2 * X, Math.cos(X * X)];

const box = (kind: Kind, label: string, detail: string): Box => ({ kind, label, detail, title: label });

/** The program y = sin(x²), with the value of each step at x = 0.7, and another number. */
const steps = (name: string, ofX: number, ofA: number, ofY: number): Diagram => {
  const numbers = (value: number, other: number): string =>
    `value ${value.toFixed(4)}, ${name} ${other.toFixed(4)}`;
  return {
    caption: '',
    boxes: [
      box('input', 'x', numbers(X, ofX)),
      box('value', 'a = x²', numbers(X * X, ofA)),
      box('value', 'y = sin(a)', numbers(Math.sin(X * X), ofY)),
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
  'forward-mode.svg': toSvg('Forward mode for y = sin(x²)', [
    place(steps('slope', 1, SLOPE_A, SLOPE_Y * SLOPE_A)),
  ]),
  'reverse-mode.svg': toSvg('Reverse mode for y = sin(x²)', [
    place(steps('cotangent', SLOPE_Y * SLOPE_A, SLOPE_Y, 1)),
  ]),
  'order.svg': toSvg('The order of the steps of y = a·sin(a), a = x²', [place(order())]),
};

export const pathOf = (name: string): URL => new URL(`images/${name}`, import.meta.url);

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  for (const [name, text] of Object.entries(pictures)) writeFileSync(pathOf(name), text);
