/** livePlot: a page whose curves grow while a network trains. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { isTensor, type Tensor } from '@mini/autograd';
import {
  checkInteger,
  checkRecord,
  checkOptions,
  describe,
  rangeError,
  typeError,
} from '@mini/autograd/check';
import { bundled } from '../bundles.ts';
import { pageWith } from '../page/html.ts';
import { toDrawing } from '../to-drawing.ts';
import { readText } from '../values.ts';
import type { LiveChart } from './live-data.ts';
import type { FromServer, ServerSettings, ToServer } from './messages.ts';

/** Options of `livePlot`. */
export interface LivePlotOptions extends Omit<LiveChart, 'series'> {
  /** The port of the page; 0, the default, chooses a free one. */
  readonly port?: number;
  /**
   * Several charts instead of one: which series each shows, and its labels. A chart without
   * `series` shows those that no other chart has.
   */
  readonly charts?: readonly LiveChart[];
}

/** A live plot. */
export interface LivePlot {
  /** The address of the page, on this machine. */
  readonly url: string;
  /**
   * Adds a value to each named series: numbers, or tensors with one element. `x` is the place on
   * the x axis; by default the number of the call, from 1.
   */
  push(values: Readonly<Record<string, number | Tensor>>, x?: number): void;
  /** Keeps the program, and so the page, until Ctrl-C. */
  keep(): Promise<never>;
  /**
   * Ends the page's server. What the page shows stays there, and values that are pushed later are
   * dropped.
   */
  close(): Promise<void>;
}

const startServer = async (settings: ServerSettings): Promise<{ worker: Worker; port: number }> => {
  // The script as a text works wherever the package runs, also from sources that tsx compiles.
  const worker = new Worker(await bundled('liveServer'), { eval: true, workerData: settings });
  const [message] = (await once(worker, 'message')) as [FromServer];
  if ('problem' in message) {
    await worker.terminate();
    throw new Error(`livePlot: the page cannot be served on port ${settings.port}: ${message.problem}`);
  }
  // The page does not keep the program alive.
  worker.unref();
  return { worker, port: message.port };
};

/** Resolves when the thread of the server has ended. */
const endServer = async (worker: Worker, close: () => void): Promise<void> => {
  // The program waits for the thread now, even if nothing else keeps it alive.
  worker.ref();
  const ended = once(worker, 'exit');
  close();
  await ended;
};

const PUSH = 'livePlot.push';

/** Returns the values as numbers. Each needs a chart that shows it. */
const readPushed = (values: unknown, charts: readonly LiveChart[]): Record<string, number> => {
  checkRecord(PUSH, 'values', values);
  const shown = charts.flatMap(({ series = [] }) => series);
  const isOpen = charts.some(({ series }) => series === undefined);
  const lost = isOpen ? undefined : Object.keys(values as object).find((name) => !shown.includes(name));
  if (lost !== undefined)
    throw rangeError(
      PUSH,
      `no chart shows ${describe(lost)}: expected one of ${shown.map((name) => describe(name)).join(', ')}; a chart without series shows all others`,
    );
  return Object.fromEntries(
    Object.entries(values as object).map(([name, value]: [string, unknown]) => {
      const number = isTensor(value) && value.size === 1 ? value.item() : value;
      if (typeof number !== 'number')
        throw typeError(
          PUSH,
          `${name} is not a number: expected a number or a tensor with one element, got ${describe(value)}`,
        );
      return [name, number];
    }),
  );
};

/** The options of a chart. If there is only one, they are options of `livePlot` itself. */
const LABELS = ['title', 'xLabel', 'yLabel', 'log'] as const;

const checkCharts = (charts: unknown): readonly LiveChart[] => {
  if (!Array.isArray(charts) || charts.length === 0)
    throw typeError(
      'livePlot',
      `charts are not a list: expected [{ series: [name, …], … }, …], got ${describe(charts)}`,
    );
  for (const chart of charts as LiveChart[]) {
    const { series, ...options } = checkOptions('livePlot', chart, [...LABELS, 'series'], 'a chart');
    toDrawing('livePlot', { ...options, series: { '': [] } });
    if (series !== undefined && !(Array.isArray(series) && series.every((name) => typeof name === 'string')))
      throw typeError(
        'livePlot',
        `series of a chart are not names: expected a list of strings, got ${describe(series)}`,
      );
  }
  // Copied, so that the caller can change the lists later.
  return (charts as readonly LiveChart[]).map(({ series, ...options }) =>
    series === undefined ? options : { ...options, series: Object.assign([], series) as string[] },
  );
};

/**
 * Serves a page whose curves grow while a program runs, and prints its address.
 *
 * The page is served from a thread of its own, so training does not have to wait for anything. It
 * gets new values five times a second. The page ends with the program: `await live.keep()` at the
 * end keeps it.
 *
 * Rejects with a TypeError or RangeError for invalid options, and with an Error if the port is
 * taken.
 *
 * @example
 * const live = await livePlot({ title: 'Training', xLabel: 'step', yLabel: 'loss', log: true });
 * for (let step = 0; step < 1000; step++) live.push({ loss: Math.exp(-step / 100) });
 * await live.close();
 */
export async function livePlot(options: LivePlotOptions = {}): Promise<LivePlot> {
  const { port = 0, charts, ...labels } = checkOptions('livePlot', options, [...LABELS, 'port', 'charts']);
  checkInteger('livePlot', 'port', port, 0, 65_535);
  const unused = charts === undefined ? undefined : LABELS.find((name) => name !== 'title' && name in labels);
  if (unused !== undefined)
    throw typeError(
      'livePlot',
      `${unused} beside charts: expected it in each chart, got ${describe(labels[unused])}`,
    );
  const checked = checkCharts(charts ?? [labels]);
  const hasLogX = checked.some(({ log }) => log === 'x' || log === 'both');
  const title = readText('livePlot', 'title', options.title) || 'Live plot';
  const page = await pageWith(title, 'livePage', { title });
  const { worker, port: found } = await startServer({ page, charts: checked, port });
  const url = `http://localhost:${found}/`;
  process.stderr.write(`live plot: ${url}\n`);
  const send = (message: ToServer): void => worker.postMessage(message);
  let closed: Promise<void> | undefined;
  return {
    url,
    push(values, x) {
      if (x !== undefined && !Number.isFinite(x))
        throw rangeError(PUSH, `invalid x: expected a finite number, got ${describe(x)}`);
      if (x !== undefined && x <= 0 && hasLogX)
        throw rangeError(
          PUSH,
          `x has no logarithm: expected a positive number for a logarithmic axis, got ${x}`,
        );
      send({ values: readPushed(values, checked), ...(x === undefined ? {} : { x }) });
    },
    keep() {
      worker.ref();
      process.stderr.write(`the live plot stays at ${url} until Ctrl-C\n`);
      return new Promise(() => {});
    },
    close() {
      closed ??= endServer(worker, () => send('close'));
      return closed;
    },
  };
}
