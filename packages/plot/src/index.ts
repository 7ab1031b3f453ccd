/** @mini/plot: figures as PNG and HTML files, and live while a network trains. */
export { Curve } from './curve.ts';
export type {
  AxesOptions,
  BarFigure,
  Color,
  ConfusionFigure,
  Figure,
  ImageFigure,
  LineFigure,
  StyledSeries,
  Values,
} from './figure.ts';
export { type LivePlot, livePlot, type LivePlotOptions } from './live/live-plot.ts';
export { plot, renderHtml, renderPng } from './plot.ts';
export type { Report, Table } from './report.ts';
