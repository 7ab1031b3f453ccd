/** What `@mini/plot` is in a bundle for browsers: its functions say what to use there. */
export { Curve } from './curve.ts';

const refuse = (name: string) => (): Promise<never> =>
  Promise.reject(
    new Error(`${name}: writes files, which a page cannot: use mountFigure of @mini/plot/browser there`),
  );

export const plot: () => Promise<never> = refuse('plot');
export const livePlot: () => Promise<never> = refuse('livePlot');
export const renderHtml: () => Promise<never> = refuse('renderHtml');
export const renderPng: () => Promise<never> = refuse('renderPng');
