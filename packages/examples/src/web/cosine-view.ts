/** The view that removes noise from a cosine. It trains between two frames: an update takes microseconds. */
import { random, type Tensor } from '@mini/autograd';
import { mountChart } from '@mini/tools/plots/mount';
import {
  addNoise,
  cleanCosine,
  DENOISE_DEFAULTS,
  type DenoiserParams,
  type DenoiseSettings,
  type DenoiseState,
  net,
  rootMeanSquare,
  sampleTimes,
  trainDenoiser,
} from '../denoise.ts';
import { costChart, signalsChart } from '../plots/charts.ts';
import { Curve } from '../plots/curve.ts';
import { byId, fillForm, invalidField, numbers, showResults } from './page.ts';

const CHART_HEIGHT = 300;
/** Milliseconds of a frame that training may take. */
const FRAME_BUDGET = 10;

interface Training {
  readonly settings: DenoiseSettings;
  readonly clean: Tensor;
  readonly steps: Iterator<DenoiseState>;
  readonly costs: Curve;
  last: DenoiseState | undefined;
  /** Why it cannot go on. */
  problem: string | undefined;
}

const begin = (settings: DenoiseSettings): Training => ({
  settings,
  clean: cleanCosine(settings.period),
  steps: trainDenoiser(settings),
  costs: new Curve(1000),
  last: undefined,
  problem: undefined,
});

/** Starts the view; it trains while it is shown. */
export const startCosine = (): { show(): void; hide(): void } => {
  const form = byId<HTMLFormElement>('cosine-settings');
  const [runButton, stepButton, resetButton] = ['run', 'step', 'reset'].map((name) => byId(`cosine-${name}`));
  const message = byId('cosine-message');
  fillForm(form, { ...DENOISE_DEFAULTS, period: DENOISE_DEFAULTS.period / Math.PI });

  /** The settings of the form, or undefined while a field is not valid. */
  const readSettings = (): DenoiseSettings | undefined => {
    for (const input of form.querySelectorAll<HTMLInputElement>('input[type="range"]')) {
      const text = `${input.value}${input.dataset['unit'] === undefined ? '' : ` ${input.dataset['unit']}`}`;
      const value = input.labels?.[0]?.querySelector('.value');
      if (value) value.textContent = text;
      input.setAttribute('aria-valuetext', text);
    }
    const problem = invalidField(form);
    message.textContent = problem ?? '';
    if (problem !== undefined) return undefined;
    const { period, ...others } = numbers(form, 'period', 'noise', 'hidden', 'learningRate', 'seed');
    return { ...others, period: period * Math.PI, updates: Infinity };
  };

  let training = begin(readSettings() ?? { ...DENOISE_DEFAULTS, updates: Infinity });
  let isRunning = true;
  let isShown = false;
  /** Updates that are due: a fraction of one is kept for the next frame. */
  let due = 0;
  let lastFrame = 0;

  const signals = (): { noisy: Tensor; output: Tensor } => {
    const { settings, clean, last } = training;
    // Noise that is not trained on, new with every update.
    const key = random.foldIn(random.key(settings.seed), 2 ** 31 + (((last?.update ?? -1) + 1) % 2 ** 31));
    const noisy = addNoise(key, clean, settings.noise);
    const params: DenoiserParams | undefined = last?.params;
    return { noisy, output: params === undefined ? clean.mul(0) : net(params, noisy) };
  };
  const times = sampleTimes().data;
  const charts = (() => {
    const { noisy, output } = signals();
    const data = { times, noisy: noisy.data, output: output.data, clean: training.clean.data };
    return {
      signals: mountChart(byId('signals-chart'), signalsChart(data), CHART_HEIGHT),
      costs: mountChart(byId('cost-chart'), costChart(training.costs), CHART_HEIGHT),
    };
  })();

  const show = (): void => {
    const { clean, last, costs } = training;
    const { noisy, output } = signals();
    charts.signals.update(signalsChart({ times, noisy: noisy.data, output: output.data, clean: clean.data }));
    charts.costs.update(costChart(costs));
    const [input, after] = [rootMeanSquare(clean, noisy), rootMeanSquare(clean, output)];
    showResults(byId('cosine-results'), {
      update: { text: String((last?.update ?? -1) + 1) },
      cost: { text: last === undefined ? '–' : last.cost.toFixed(4), exact: last?.cost },
      input: { text: input.toFixed(3), exact: input },
      output: { text: last === undefined ? '–' : after.toFixed(4), exact: after },
    });
  };

  const setRunning = (running: boolean): void => {
    isRunning = running;
    runButton.textContent = running ? 'Pause' : 'Train';
  };
  const step = (): void => {
    if (training.problem === undefined) {
      try {
        const { value: state } = training.steps.next() as { value: DenoiseState };
        training.last = state;
        training.costs.push(state.update + 1, state.cost);
        return;
      } catch (error) {
        const update = (training.last?.update ?? -1) + 2;
        training.problem = `Update ${update} failed: ${(error as Error).message}. Try a smaller step size.`;
      }
    }
    message.textContent = training.problem;
    setRunning(false);
  };
  const restart = (): void => {
    const settings = readSettings();
    if (settings === undefined) return setRunning(false);
    training = begin(settings);
    show();
  };

  const frame = (time: number): void => {
    if (!isShown) return;
    requestAnimationFrame(frame);
    const seconds = Math.min(0.1, (time - lastFrame) / 1000);
    lastFrame = time;
    if (!isRunning) return;
    due += seconds * numbers(form, 'speed').speed;
    if (due < 1) return;
    const end = performance.now() + FRAME_BUDGET;
    for (; due >= 1 && performance.now() < end; due--) step();
    due = Math.min(due, 1);
    show();
  };

  runButton.addEventListener('click', () => setRunning(!isRunning));
  stepButton.addEventListener('click', () => {
    setRunning(false);
    step();
    show();
  });
  resetButton.addEventListener('click', () => {
    setRunning(false);
    restart();
  });
  form.addEventListener('input', (event) => {
    if ((event.target as HTMLElement).getAttribute('name') !== 'speed') restart();
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  return {
    show() {
      if (isShown) return;
      isShown = true;
      lastFrame = performance.now();
      show();
      requestAnimationFrame(frame);
    },
    hide() {
      isShown = false;
    },
  };
};
