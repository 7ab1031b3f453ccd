/** Writes placed diagrams as one SVG. */
import type { Kind } from './diagram.ts';
import type { PlacedArrow, PlacedBox, PlacedDiagram } from './layout.ts';

/** Colours in light and in dark surroundings; they belong to the SVG alone, by its class. */
const STYLE = `
.mini-graph { font-family: Inter, system-ui, sans-serif; background: var(--ground); --ink: #222; --muted: #555; --ground: #fff;
  --value: #0072b2; --value-fill: #e4f1f9; --gradient: #a84300; --gradient-fill: #fdeee3; --line: #888; }
@media (prefers-color-scheme: dark) {
  .mini-graph { --ink: #eee; --muted: #bbb; --ground: #16181c; --value: #56b4e9; --value-fill: #1b3242;
    --gradient: #f0975c; --gradient-fill: #45291a; --line: #888; } }
.mini-graph text { fill: var(--ink); font-size: 14px; text-anchor: middle; }
.mini-graph .detail { fill: var(--muted); font-size: 11.5px; }
.mini-graph .caption { font-weight: 600; text-anchor: start; }
.mini-graph rect { fill: none; stroke: var(--line); stroke-width: 1.5; }
.mini-graph .input rect { fill: var(--ground); }
.mini-graph .value rect { fill: var(--value-fill); stroke: var(--value); }
.mini-graph .gradient rect { fill: var(--gradient-fill); stroke: var(--gradient); }
.mini-graph .result rect { fill: var(--ground); stroke: var(--value); stroke-width: 3; }
.mini-graph .gradient-result rect { fill: var(--ground); stroke: var(--gradient); stroke-width: 3; }
.mini-graph .constant rect { stroke: none; }
.mini-graph .line { fill: none; stroke: var(--value); stroke-width: 1.5; }
.mini-graph .tip { fill: var(--value); stroke: none; }
.mini-graph .line.backward { stroke: var(--gradient); }
.mini-graph .tip.backward { fill: var(--gradient); }
`.trim();

/** In pixels. */
const MARGIN = 8;
const CAPTION_HEIGHT = 26;
const GAP = 20;
/** The width of a letter of a caption. */
const LETTER = 8.5;
/** The length and half the width of an arrow's tip, in pixels. */
const [TIP_LENGTH, TIP_WIDTH] = [8, 4];

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A number with one decimal at most. */
const short = (value: number): string => String(Math.round(value * 10) / 10);
const at = (x: number, y: number): string => `${short(x)} ${short(y)}`;

const isBackward = (kind: Kind): boolean => kind === 'gradient' || kind === 'gradient-result';
const isRound = (kind: Kind): boolean => kind === 'input' || kind === 'result' || kind === 'gradient-result';

const boxSvg = ({ kind, label, detail, title, x, y, width, height }: PlacedBox): string => {
  const corner = isRound(kind) ? 14 : 5;
  const middle = detail === '' ? y + 5 : y - 2;
  return [
    `<g class="${kind}"><title>${escape(title)}</title>`,
    `<rect x="${short(x - width / 2)}" y="${short(y - height / 2)}" width="${short(width)}" height="${short(height)}" rx="${corner}"/>`,
    `<text x="${short(x)}" y="${short(middle)}">${escape(label)}</text>`,
    ...(detail === ''
      ? []
      : [`<text class="detail" x="${short(x)}" y="${short(y + 14)}">${escape(detail)}</text>`]),
    '</g>',
  ].join('');
};

/** A smooth line through the middles between the points, and a triangle at its end. */
const arrowSvg = ({ to, points }: PlacedArrow): string => {
  const [tip, before] = [points[points.length - 1], points[points.length - 2]];
  const length = Math.hypot(tip.x - before.x, tip.y - before.y) || 1;
  const [dx, dy] = [(tip.x - before.x) / length, (tip.y - before.y) / length];
  const base = { x: tip.x - dx * TIP_LENGTH, y: tip.y - dy * TIP_LENGTH };
  const inner = points.slice(1, -1);
  const curves = inner.map((point, i) => {
    const next = i + 1 < inner.length ? inner[i + 1] : undefined;
    const end = next === undefined ? base : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${at(point.x, point.y)} ${at(end.x, end.y)}`;
  });
  const path = `M${at(points[0].x, points[0].y)}${curves.length === 0 ? `L${at(base.x, base.y)}` : curves.join('')}`;
  const corner = (side: number): string => at(base.x - side * dy * TIP_WIDTH, base.y + side * dx * TIP_WIDTH);
  const backward = isBackward(to.kind) ? ' backward' : '';
  return (
    `<path class="line${backward}" d="${path}"/>` +
    `<path class="tip${backward}" d="M${at(tip.x, tip.y)}L${corner(1)}L${corner(-1)}Z"/>`
  );
};

/** The corners of the part of the plane that a diagram covers. */
const boundsOf = ({ boxes, arrows }: PlacedDiagram): Record<'left' | 'top' | 'right' | 'bottom', number> => {
  const points = [
    ...arrows.flatMap((arrow) => arrow.points),
    ...boxes.flatMap(({ x, y, width, height }) => [
      { x: x - width / 2, y: y - height / 2 },
      { x: x + width / 2, y: y + height / 2 },
    ]),
  ];
  const bound = (pick: (...values: number[]) => number, axis: 'x' | 'y'): number =>
    points.map((point) => point[axis]).reduce((a, b) => pick(a, b), 0);
  return {
    left: bound(Math.min, 'x'),
    top: bound(Math.min, 'y'),
    right: bound(Math.max, 'x'),
    bottom: bound(Math.max, 'y'),
  };
};

/** Returns an SVG of diagrams, one below the other, that says `title` to screen readers. */
export const toSvg = (title: string, diagrams: readonly PlacedDiagram[]): string => {
  let [width, height] = [0, MARGIN];
  const parts = diagrams.map((diagram, i) => {
    const { caption, boxes, arrows } = diagram;
    const { left, top, right, bottom } = boundsOf(diagram);
    if (i > 0) height += GAP;
    const captionTop = height;
    if (caption !== '') height += CAPTION_HEIGHT;
    const part = [
      ...(caption === ''
        ? []
        : [`<text class="caption" x="${MARGIN}" y="${short(captionTop + 16)}">${escape(caption)}</text>`]),
      `<g transform="translate(${at(MARGIN - left, height - top)})">`,
      ...arrows.map(arrowSvg),
      ...boxes.map(boxSvg),
      '</g>',
    ].join('\n');
    height += bottom - top;
    width = Math.max(width, right - left, LETTER * caption.length);
    return part;
  });
  const size = [width + 2 * MARGIN, height + MARGIN].map(short);
  return [
    `<svg class="mini-graph" xmlns="http://www.w3.org/2000/svg" role="img" width="${size[0]}" height="${size[1]}" viewBox="0 0 ${size.join(' ')}">`,
    `<title>${escape(title)}</title>`,
    `<style>${STYLE}</style>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
};
