/** Diagrams as data: boxes and the arrows between them. */

/** What a box stands for, which decides its colour and its form. */
export type Kind = 'input' | 'constant' | 'value' | 'gradient' | 'result' | 'gradient-result';

export interface Box {
  readonly kind: Kind;
  readonly label: string;
  /** A second line in small letters; empty for none. */
  readonly detail: string;
  /** What a pointer on the box shows. */
  readonly title: string;
}

/** From a box to another, by their places in the list. */
export interface Arrow {
  readonly from: number;
  readonly to: number;
}

export interface Diagram {
  /** Empty for none. */
  readonly caption: string;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}
