/** The colours of charts, light and dark. */
import type { Color } from '../figure.ts';

/** The colours of everything in a chart. */
export interface Theme {
  readonly background: string;
  readonly text: string;
  readonly grid: string;
  readonly colors: Readonly<Record<Color, string>>;
}

/** Colours for people with any colour vision (Okabe and Ito, https://jfly.uni-koeln.de/color/). */
export const LIGHT: Theme = {
  background: '#ffffff',
  text: '#1f2933',
  grid: '#e4e7eb',
  colors: {
    blue: '#0072b2',
    orange: '#d55e00',
    green: '#009e73',
    purple: '#cc79a7',
    yellow: '#e69f00',
    sky: '#56b4e9',
    grey: '#a6b1bd',
  },
};

/** The same hues on a dark ground. */
const DARK: Theme = {
  background: '#15191e',
  text: '#e4e7eb',
  grid: '#2d353f',
  colors: {
    blue: '#56b4e9',
    orange: '#f0a04b',
    green: '#2fc495',
    purple: '#e2a3c7',
    yellow: '#f0e442',
    sky: '#9ad7f5',
    grey: '#66727f',
  },
};

/** Returns the theme that the reader of the page prefers. */
export const preferredTheme = (): Theme =>
  matchMedia('(prefers-color-scheme: dark)').matches ? DARK : LIGHT;
