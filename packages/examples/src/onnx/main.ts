/** The page of `pnpm demo:onnx`: one training step in the library and in ONNX Runtime Web. */
import { type LineFigure, type MountedFigure, mountFigure } from '@mini/plot/browser';
import { type Examples, prepareData } from '../data/prepare.ts';
import { fetchDigits } from '../web/files.ts';
import { byId } from '../web/page.ts';
import { type Batch, shuffledBatches } from './batches.ts';
import { type Engine, exportStep, LibraryEngine, makeStart, OnnxEngine } from './engines.ts';
import { hasWebGpu } from './runtime.ts';

const EPOCHS = 5;
/** How long an engine trains before it is the next one's turn, in milliseconds. */
const TURN = 150;
const MAX_STEPS = 50;
const CHART_HEIGHT = 320;

/** An engine with its batches, its results so far, and its row of the table. */
class Contender {
  readonly losses: number[] = [];
  readonly name: string;
  readonly engine: Engine;
  readonly #batches: Iterator<Batch, void>;
  readonly #times: number[] = [];
  readonly #row = document.createElement('tr');
  /** The steps of its next turn. */
  #steps = 1;

  constructor(name: string, engine: Engine, batches: Iterator<Batch, void>) {
    this.name = name;
    this.engine = engine;
    this.#batches = batches;
    const header = document.createElement('th');
    header.scope = 'row';
    header.textContent = name;
    this.#row.append(header, ...Array.from({ length: 4 }, () => document.createElement('td')));
    byId('engines').append(this.#row);
  }

  /** Trains for a turn; resolves to false at the end of the training. */
  async train(): Promise<boolean> {
    const batches: Batch[] = [];
    for (let next; batches.length < this.#steps && !(next = this.#batches.next()).done;)
      batches.push(next.value);
    if (batches.length === 0) return false;
    const start = performance.now();
    this.losses.push(...(await this.engine.train(batches)));
    const time = (performance.now() - start) / batches.length;
    this.#times.push(time);
    this.#steps = Math.max(1, Math.min(MAX_STEPS, 2 * this.#steps, Math.floor(TURN / time)));
    return true;
  }

  /** Shows the results beside those of the library. */
  show(library: readonly number[]): void {
    const time = [...this.#times].sort((a, b) => a - b)[Math.floor(this.#times.length / 2)];
    const differences = this.losses.map((loss, i) => Math.abs(loss - library[i]));
    const difference = differences.reduce((a, b) => Math.max(a, b), 0);
    const texts = [
      String(this.losses.length),
      this.losses.at(-1)?.toFixed(4) ?? '',
      time?.toFixed(2) ?? '',
      this.losses === library || this.losses.length === 0 ? '–' : difference.toExponential(0),
    ];
    this.#row.querySelectorAll('td').forEach((cell, i) => (cell.textContent = texts[i]));
  }
}

const nextFrame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));

/** The engines that this browser has, all at the start of the training. */
const makeContenders = async (hidden: number, examples: Examples): Promise<readonly Contender[]> => {
  const batches = (): Iterator<Batch, void> => shuffledBatches(examples, EPOCHS);
  const start = makeStart(hidden);
  const model = exportStep(start);
  byId('engines').replaceChildren();
  const contenders = [
    new Contender('@mini', new LibraryEngine(start), batches()),
    new Contender('ONNX Runtime, WebAssembly', await OnnxEngine.create('wasm', model, start), batches()),
  ];
  const size = `The step is an ONNX file of ${(model.length / 1000).toFixed(1)} kB.`;
  if (await hasWebGpu()) {
    const engine = await OnnxEngine.create('webgpu', model, start);
    contenders.push(new Contender('ONNX Runtime, WebGPU', engine, batches()));
    byId('status').textContent = size;
  } else byId('status').textContent = `${size} This browser has no WebGPU.`;
  return contenders;
};

const lossFigure = (contenders: readonly Contender[]): LineFigure => {
  const length = Math.max(1, ...contenders.map(({ losses }) => losses.length));
  const steps = Array.from({ length }, (_, i) => i + 1);
  const series = contenders.map(({ name, losses }, i) => {
    // Later curves would hide the first.
    const draw = (['line', 'dashes', 'points'] as const)[i];
    return [name, { draw, values: steps.map((step) => losses[step - 1] ?? null) }] as const;
  });
  return {
    title: 'Loss of each batch',
    xLabel: 'step',
    yLabel: 'cross-entropy',
    log: true,
    x: steps,
    series: Object.fromEntries(series),
  };
};

/** The training of all engines, in turns. */
class Race {
  readonly #examples: Examples;
  readonly #runButton = byId<HTMLButtonElement>('run');
  readonly #resetButton = byId<HTMLButtonElement>('reset');
  readonly #hidden = byId<HTMLSelectElement>('hidden');
  #contenders: readonly Contender[] = [];
  #chart: MountedFigure | undefined;
  #isRunning = false;
  /** The training that runs, or is about to end. */
  #turns: Promise<void> = Promise.resolve();

  constructor(examples: Examples) {
    this.#examples = examples;
    this.#runButton.addEventListener('click', () => this.#setRunning(!this.#isRunning));
    for (const [element, event] of [
      [this.#resetButton, 'click'],
      [this.#hidden, 'change'],
    ] as const)
      element.addEventListener(event, () => void this.reset());
  }

  /** Starts again, with new engines. */
  async reset(): Promise<void> {
    this.#isRunning = false;
    for (const element of [this.#runButton, this.#resetButton, this.#hidden]) element.disabled = true;
    await this.#turns;
    try {
      await Promise.all(this.#contenders.map(({ engine }) => engine.close()));
      this.#contenders = await makeContenders(Number(this.#hidden.value), this.#examples);
      this.#show();
      this.#runButton.textContent = 'Train';
      this.#runButton.disabled = false;
    } catch (error) {
      showFailure(error);
    }
    this.#resetButton.disabled = this.#hidden.disabled = false;
  }

  #setRunning(isRunning: boolean): void {
    this.#isRunning = isRunning;
    this.#runButton.textContent = isRunning ? 'Pause' : 'Continue';
    if (isRunning) this.#turns = this.#turns.then(() => this.#train()).catch(showFailure);
  }

  async #train(): Promise<void> {
    while (this.#isRunning) {
      let isOver = true;
      for (const contender of this.#contenders) {
        if (await contender.train()) isOver = false;
        this.#show();
        await nextFrame();
      }
      if (!isOver) continue;
      this.#setRunning(false);
      this.#runButton.textContent = 'Trained';
      this.#runButton.disabled = true;
    }
  }

  #show(): void {
    const library = this.#contenders[0].losses;
    for (const contender of this.#contenders) contender.show(library);
    const figure = lossFigure(this.#contenders);
    if (this.#chart !== undefined && library.length > 0) {
      this.#chart.update(figure);
      return;
    }
    this.#chart?.destroy();
    this.#chart = mountFigure(byId('loss-chart'), figure, CHART_HEIGHT);
  }
}

const showFailure = (error: unknown): void => {
  byId('status').textContent = `It failed: ${(error as Error).message}`;
};

try {
  const { train } = prepareData(await fetchDigits(new URL('digits.bin', document.baseURI).href));
  await new Race(train).reset();
} catch (error) {
  showFailure(error);
}
