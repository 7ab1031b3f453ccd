/** What the program, the server of a live plot and its page send to each other. */
import type { LineFigure } from '../figure.ts';
import type { LiveChart, Values } from './live-data.ts';

/** What the server needs to start. */
export interface ServerSettings {
  readonly page: string;
  readonly charts: readonly LiveChart[];
  readonly port: number;
}

/** A step from the program to its server, or the request to end. */
export type ToServer = { readonly values: Values; readonly x?: number } | 'close';

/** From the server to the program: the port that it listens on, or why it does not. */
export type FromServer = { readonly port: number } | { readonly problem: string };

/** From the server to the page. */
export interface ToPage {
  readonly figures: readonly LineFigure[];
}
