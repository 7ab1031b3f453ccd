/** @mini/plot/browser: figures in a web page of one's own. */
export { formatNumber } from './chart/numbers.ts';
export { Curve } from './curve.ts';
export { mountFigure, type MountedFigure } from './chart/mount.ts';
export type { AxesOptions, BarFigure, Color, LineFigure, StyledSeries, Values } from './figure.ts';
