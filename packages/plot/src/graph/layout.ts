/** Places the boxes of a diagram in layers, so that arrows point down. */
import { Graph, layout, type Point } from '@dagrejs/dagre';
import type { Box, Diagram } from './diagram.ts';

/** The middle of a box, and its size, in pixels. */
export interface PlacedBox extends Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The points that an arrow goes through; the last is its tip. */
export interface PlacedArrow {
  readonly to: Box;
  readonly points: readonly Point[];
}

/** Coordinates can be negative: arrows may lead around all boxes. */
export interface PlacedDiagram {
  readonly caption: string;
  readonly boxes: readonly PlacedBox[];
  readonly arrows: readonly PlacedArrow[];
}

/** At least the width of an average letter, in pixels. */
const LETTER = 8.2;
const SMALL_LETTER = 6.8;

/** Returns the size of a box that holds its text in most fonts. */
const sizeOf = ({ label, detail }: Box): { width: number; height: number } => ({
  width: Math.max(36, 20 + LETTER * label.length, 20 + SMALL_LETTER * detail.length),
  height: detail === '' ? 28 : 42,
});

/** Lays out a diagram by the method of Sugiyama, as in Gansner et al. (1993). */
export const place = ({ caption, boxes, arrows }: Diagram): PlacedDiagram => {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 22, ranksep: 30, edgesep: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  boxes.forEach((box, i) => graph.setNode(String(i), sizeOf(box)));
  // A name for each: two arrows may join the same boxes.
  arrows.forEach(({ from, to }, i) => graph.setEdge(String(from), String(to), {}, String(i)));
  layout(graph);
  return {
    caption,
    boxes: boxes.map((box, i) => ({ ...box, ...graph.node(String(i)) })),
    arrows: arrows.map(({ from, to }, i) => ({
      to: boxes[to],
      points: graph.edge(String(from), String(to), String(i)).points,
    })),
  };
};
