/** The view that removes noise from a cosine. It trains between two frames: updates are fast. */
import type { Tensor } from '@mini/autograd';
import { type MountedFigure, mountFigure } from '@mini/plot/browser';
import { DENOISE_DEFAULTS, rootMeanSquareError, sampleTimes } from '../denoise.ts';
import { costFigure, signalsFigure } from '../figures.ts';
import { CosineGraph } from './cosine-graph.ts';
import { CosineTraining } from './cosine-training.ts';
import { fieldNumbers, fillForm, invalidField } from './form.ts';
import { byId, rounded, showProblem, showResults } from './page.ts';
import type { View } from './tabs.ts';

const CHART_HEIGHT = 300;
/** Milliseconds of each frame for training. */
const FRAME_BUDGET = 10;

/** An output is like a signal if its error is less than this times the error of an output of 0. */
const LIKENESS = 0.9;

/** Shows the value of each slider beside its label, and to screen readers, with its unit. */
const showSliderValues = (form: HTMLFormElement): void => {
  for (const input of form.querySelectorAll<HTMLInputElement>('input[type="range"]')) {
    const { unit } = input.dataset;
    const text = unit === undefined ? input.value : `${input.value} ${unit}`;
    const value = input.labels?.[0]?.querySelector('.value');
    if (value) value.textContent = text;
    input.setAttribute('aria-valuetext', text);
  }
};

const startTraining = (form: HTMLFormElement): CosineTraining => {
  const { period, ...others } = fieldNumbers(form, 'period', 'noise', 'hidden', 'learningRate', 'seed');
  return new CosineTraining({ ...others, period: period * Math.PI });
};

/** Says whether the output is like the test signal, or like the one of the training. */
const describeFinding = (output: Tensor, test: Tensor, trained: Tensor): string => {
  const [toTest, toTrained] = [test, trained].map((signal) => rootMeanSquareError(signal, output));
  const silence = rootMeanSquareError(trained, trained.mul(0));
  if (Math.min(toTest, toTrained) > LIKENESS * silence)
    return 'The output is like neither signal: the network has not learnt to remove noise from this one.';
  return toTrained < toTest
    ? 'The output is closer to the cosine of the training than to this test signal: the network knows its cosine by heart.'
    : 'The output is closer to this test signal than to the cosine of the training.';
};

/** Trains while it is shown, unless it is paused. */
export class CosineView implements View {
  readonly #form = byId<HTMLFormElement>('cosine-settings');
  readonly #runButton = byId('cosine-run');
  readonly #stepButton = byId<HTMLButtonElement>('cosine-step');
  readonly #message = byId('cosine-message');
  readonly #finding = byId('cosine-finding');
  readonly #times = sampleTimes();
  readonly #graph: CosineGraph;
  #training: CosineTraining;
  #charts: { readonly signals: MountedFigure; readonly cost: MountedFigure } | undefined;
  #isRunning = true;
  #isShown = false;
  /** The number of updates that are due; a fraction stays for the next frame. */
  #due = 0;
  #lastFrame = 0;

  constructor() {
    fillForm(this.#form, { ...DENOISE_DEFAULTS, period: DENOISE_DEFAULTS.period / Math.PI });
    showSliderValues(this.#form);
    this.#training = startTraining(this.#form);
    this.#graph = new CosineGraph(byId('cosine-graph'), DENOISE_DEFAULTS.hidden);
    this.#listen();
  }

  show(): void {
    if (this.#isShown) return;
    this.#isShown = true;
    this.#lastFrame = performance.now();
    this.#draw();
    requestAnimationFrame(this.#frame);
  }

  hide(): void {
    this.#isShown = false;
  }

  #listen(): void {
    this.#runButton.addEventListener('click', () => {
      if (this.#training.problem !== undefined) this.#restart();
      this.#setRunning(!this.#isRunning);
    });
    this.#stepButton.addEventListener('click', () => {
      this.#step();
      this.#setRunning(false);
      this.#draw();
    });
    byId('cosine-reset').addEventListener('click', () => {
      this.#restart();
      this.#setRunning(false);
    });
    this.#form.addEventListener('input', ({ target }) => {
      const name = (target as HTMLElement).getAttribute('name');
      if (name === 'phase') this.#draw();
      else if (name !== 'speed') this.#restart();
    });
    this.#form.addEventListener('submit', (event) => event.preventDefault());
  }

  #setRunning(isRunning: boolean): void {
    this.#isRunning = isRunning;
    const { problem, updates } = this.#training;
    const resting = problem !== undefined ? 'Start again' : updates === 0 ? 'Train' : 'Continue';
    this.#runButton.textContent = isRunning ? 'Pause' : resting;
    this.#stepButton.disabled = problem !== undefined;
  }

  /** Starts again with the settings of the form, if they are valid. */
  #restart(): void {
    showSliderValues(this.#form);
    const problem = invalidField(this.#form);
    showProblem(this.#message, problem === undefined ? undefined : { text: problem });
    if (problem !== undefined) return this.#setRunning(false);
    this.#training = startTraining(this.#form);
    this.#graph.hidden = fieldNumbers(this.#form, 'hidden').hidden;
    this.#setRunning(this.#isRunning);
    this.#draw();
  }

  #step(): void {
    this.#training.step();
    const { problem } = this.#training;
    if (problem === undefined) return;
    showProblem(this.#message, problem);
    this.#setRunning(false);
  }

  readonly #frame = (time: number): void => {
    if (!this.#isShown) return;
    requestAnimationFrame(this.#frame);
    const seconds = Math.min(0.1, (time - this.#lastFrame) / 1000);
    this.#lastFrame = time;
    if (!this.#isRunning) return;
    this.#due += seconds * fieldNumbers(this.#form, 'speed').speed;
    if (this.#due < 1) return;
    const end = performance.now() + FRAME_BUDGET;
    for (; this.#due >= 1 && performance.now() < end; this.#due--) this.#step();
    this.#due = Math.min(this.#due, 1);
    this.#draw();
  };

  #draw(): void {
    const { updates, cost, costs, problem } = this.#training;
    const { phase } = fieldNumbers(this.#form, 'phase');
    const { clean, noisy, output } = this.#training.signals(phase);
    const signalsNow = signalsFigure({ times: this.#times, noisy, output, clean });
    const costNow = costFigure(costs);
    this.#charts ??= {
      signals: mountFigure(byId('signals-chart'), signalsNow, CHART_HEIGHT),
      cost: mountFigure(byId('cost-chart'), costNow, CHART_HEIGHT),
    };
    this.#charts.signals.update(signalsNow);
    this.#charts.cost.update(costNow);
    showResults(byId('cosine-results'), {
      update: { text: String(updates) },
      cost: rounded(cost, 4),
      input: rounded(rootMeanSquareError(clean, noisy), 3),
      output: rounded(updates === 0 ? undefined : rootMeanSquareError(clean, output), 4),
    });
    const isTrained = updates > 0 && problem === undefined;
    const finding = phase === 0 || !isTrained ? '' : describeFinding(output, clean, this.#training.trained);
    if (this.#finding.textContent !== finding) this.#finding.textContent = finding;
  }
}
