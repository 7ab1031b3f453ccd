/** The points of a live plot, in bounded memory. */
import { Curve } from '../curve.ts';
import type { LineFigure } from '../figure.ts';

/** Which series a chart of a live plot shows, and how. */
export interface LiveChart extends Pick<LineFigure, 'title' | 'xLabel' | 'yLabel' | 'log'> {
  /** The names of its series; by default those that no other chart has. */
  readonly series?: readonly string[];
}

/** The values of a step, by name. */
export type Values = Readonly<Record<string, number>>;

/** Returns the series of curves that have different places on the x axis. */
const join = (curves: ReadonlyMap<string, Curve>): Pick<LineFigure, 'x' | 'series'> => {
  const x = [...new Set([...curves.values()].flatMap((curve) => curve.x))].sort((a, b) => a - b);
  const places = new Map(x.map((place, i) => [place, i]));
  const series = [...curves].map(([name, curve]) => {
    const values = new Array<number | null>(x.length).fill(null);
    curve.x.forEach((place, i) => {
      values[places.get(place) ?? 0] = curve.y[i];
    });
    return [name, { values, connectGaps: true }] as const;
  });
  return { x, series: Object.fromEntries(series) };
};

/** Collects the points of all series. Each is a curve of its own, so that rare values stay. */
export class LiveData {
  readonly #charts: readonly LiveChart[];
  readonly #curves = new Map<string, Curve>();
  #steps = 0;

  constructor(charts: readonly LiveChart[]) {
    this.#charts = charts;
  }

  /** Adds a step; without x, its number. */
  push(values: Values, x: number = this.#steps + 1): void {
    this.#steps++;
    for (const [name, value] of Object.entries(values)) {
      const curve = this.#curves.get(name) ?? new Curve();
      this.#curves.set(name, curve);
      curve.push(x, value);
    }
  }

  /** Returns a figure for each chart that has points. */
  figures(): LineFigure[] {
    const taken = new Set(this.#charts.flatMap(({ series }) => series ?? []));
    return this.#charts.flatMap(({ series, ...options }) => {
      const isShown = (name: string): boolean => series?.includes(name) ?? !taken.has(name);
      const shown = new Map([...this.#curves].filter(([name]) => isShown(name)));
      return shown.size === 0 ? [] : [{ ...options, ...join(shown) }];
    });
  }
}
