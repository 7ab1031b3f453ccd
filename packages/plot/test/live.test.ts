import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { tensor } from '@mini/autograd';
import { Curve } from '../src/curve.ts';
import { LiveData } from '../src/live/live-data.ts';
import { type LivePlot, livePlot } from '../src/live/live-plot.ts';

describe('a curve', () => {
  test('keeps evenly spaced points of any number', () => {
    const curve = new Curve(8);
    for (let i = 0; i < 100; i++) curve.push(i, i * i);
    expect(curve.x).toEqual([0, 16, 32, 48, 64, 80, 96]);
    expect(curve.y).toEqual(curve.x.map((x) => x * x));
    for (const limit of [NaN, -1, 1, '5' as never])
      expect(() => new Curve(limit)).toThrow('Curve: invalid limit: expected an integer');
  });
});

describe('the data of a live plot', () => {
  test('joins series that have values at different steps', () => {
    const data = new LiveData([{ title: 'All' }]);
    data.push({ loss: 3 });
    data.push({ loss: 2, accuracy: 0.5 });
    data.push({ loss: 1 }, 10);
    expect(data.figures()).toEqual([
      {
        title: 'All',
        x: [1, 2, 10],
        series: {
          loss: { values: [3, 2, 1], connectGaps: true },
          accuracy: { values: [null, 0.5, null], connectGaps: true },
        },
      },
    ]);
  });
  test('keeps rare values, in bounded memory', () => {
    const data = new LiveData([{}]);
    for (let i = 1; i <= 50_000; i++) data.push(i % 100 === 0 ? { loss: i, test: i } : { loss: i });
    const [{ x, series }] = data.figures();
    expect((x as number[]).length).toBeLessThan(4000);
    const values = (series['test'] as { values: (number | null)[] }).values;
    expect(values.filter((value) => value !== null)).toHaveLength(500);
  });
  test('gives each chart its series', () => {
    const data = new LiveData([
      { title: 'Loss', series: ['loss'] },
      { title: 'Others' },
      { title: 'None', series: ['none'] },
    ]);
    data.push({ loss: 1, accuracy: 0, speed: 2 });
    expect(data.figures().map(({ title, series }) => [title, Object.keys(series)])).toEqual([
      ['Loss', ['loss']],
      ['Others', ['accuracy', 'speed']],
    ]);
  });
});

test('in a bundle for a browser, functions that write files name those for a page', async () => {
  const inBrowser = await import('../src/in-browser.ts');
  expect(Object.keys(inBrowser).sort()).toEqual(Object.keys(await import('../src/index.ts')).sort());
  for (const name of ['plot', 'livePlot', 'renderHtml', 'renderPng'] as const)
    await expect(inBrowser[name]()).rejects.toThrow(
      `${name}: writes files, which a page cannot: use mountFigure`,
    );
});

test('mountFigure says what is wrong', async () => {
  const { mountFigure } = await import('../src/browser.ts');
  const mount = mountFigure as (...args: unknown[]) => unknown;
  expect(() => mount(null, { series: { a: [1] } })).toThrow(
    'mountFigure: invalid container: expected an element of the page, got null',
  );
  expect(() => mount(null, { confusion: [[1]] })).toThrow(/^mountFigure: /);
  expect(() => mount({ replaceChildren: () => undefined }, { confusion: [[1]] })).toThrow(
    'mountFigure: figure has no axes: expected one with series or bars, got confusion',
  );
});

describe('a live plot', () => {
  let live: LivePlot | undefined;
  test('can be closed more than once', async () => {
    const closed = await livePlot();
    await Promise.all([closed.close(), closed.close()]);
    await closed.close();
    closed.push({ loss: 1 });
  });
  afterEach(async () => {
    await live?.close();
    live = undefined;
  });

  /** Reads one message of the page's events. */
  const readEvent = async (url: string): Promise<string> => {
    const response = await fetch(`${url}events`);
    const reader = response.body?.getReader();
    let text = '';
    while (!text.includes('\n\n')) {
      const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      text += new TextDecoder().decode(value);
    }
    await reader?.cancel();
    return text;
  };

  test('serves a page and its values, while the thread of the program is busy', async () => {
    live = await livePlot({ title: 'My <title>', yLabel: 'loss' });
    const page = await (await fetch(live.url)).text();
    expect(page).toContain('<title>My &lt;title></title>');
    live.push({ loss: tensor(0.5) });
    live.push({ loss: 0.25, accuracy: 0.9 });
    const { figures } = JSON.parse((await readEvent(live.url)).replace('data: ', '')) as { figures: unknown };
    expect(figures).toMatchObject([
      {
        yLabel: 'loss',
        x: [1, 2],
        series: { loss: { values: [0.5, 0.25] }, accuracy: { values: [null, 0.9] } },
      },
    ]);
    expect((await fetch(`${live.url}other`)).status).toBe(404);
  });
  test('can be closed by a program that has nothing else to wait for', () => {
    const program = join(import.meta.dirname, 'live-program.ts');
    const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', program], {
      encoding: 'utf8',
    });
    expect([stdout, status]).toEqual(['closed\n', 0]);
  });
  test('says what is wrong', async () => {
    await expect(livePlot({ colour: 'red' } as object)).rejects.toThrow(
      /^livePlot: unknown option: .*, got "colour"$/,
    );
    await expect(livePlot({ port: -1 })).rejects.toThrow(/^livePlot: invalid port/);
    await expect(livePlot({ title: 3 } as object)).rejects.toThrow(/^livePlot: title is not a string/);
    await expect(livePlot({ charts: [{ series: 'loss' }] } as object)).rejects.toThrow(
      /^livePlot: series of a chart/,
    );
    live = await livePlot();
    const port = Number(new URL(live.url).port);
    await expect(livePlot({ port })).rejects.toThrow(`livePlot: the page cannot be served on port ${port}: `);
    const { push } = live;
    expect(() => push({ loss: 'low' } as never)).toThrow(/^livePlot.push: loss is not a number: /);
    expect(() => push({ loss: 1 }, NaN)).toThrow(
      /^livePlot.push: invalid x: expected a finite number, got NaN$/,
    );
    await live.close();
    live = await livePlot({ charts: [{ series: ['loss'] }, { series: ['accuracy'] }] });
    const { push: pushNamed } = live;
    expect(() => pushNamed({ los: 1 })).toThrow(
      'livePlot.push: no chart shows "los": expected one of "loss", "accuracy"; a chart without series shows',
    );
    await live.close();
    const series = ['loss'];
    live = await livePlot({ charts: [{ series, log: 'x' }] });
    series.push('accuracy');
    const { push: pushLog } = live;
    expect(() => pushLog({ accuracy: 1 })).toThrow(/^livePlot.push: no chart shows "accuracy"/);
    expect(() => pushLog({ loss: 1 }, 0)).toThrow(
      /^livePlot.push: x has no logarithm: expected a positive number for a logarithmic axis, got 0$/,
    );
    await expect(livePlot({ charts: [{}], yLabel: 'loss' })).rejects.toThrow(
      /^livePlot: yLabel beside charts: expected it in each chart, got "loss"$/,
    );
  });
});
