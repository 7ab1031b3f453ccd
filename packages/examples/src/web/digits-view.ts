/** The view that trains a network on handwritten digits, in a worker, and recognises what is drawn. */
import { type Loss, OPTIMIZERS, TRAINING_DEFAULTS, type TrainingSettings } from '../classify.ts';
import { DigitsCharts } from './digits-charts.ts';
import { chooseFiles, download, dropFiles } from './file-controls.ts';
import type { Command, Event, Progress, Status } from './messages.ts';
import { startPad } from './pad.ts';
import { byId, field, fillForm, invalidField, numbers, showResults } from './page.ts';
import { startProbabilities, verdict } from './probabilities.ts';
import { clearWeights, drawWeights } from './weights.ts';

/** Milliseconds after which a worker that does not answer is given up. */
const PATIENCE = 1000;

const RUN_LABELS: Readonly<Record<Status, string>> = {
  untrained: 'Train',
  loaded: 'Train on',
  training: 'Pause',
  paused: 'Train',
  finished: 'Train on',
};

/** Starts the view; the data are loaded when it is first shown, and it trains on while it is not shown. */
export const startDigits = (): { show(): void; hide(): void } => {
  const form = byId<HTMLFormElement>('digits-settings');
  const [runButton, stepButton, resetButton] = ['run', 'step', 'reset'].map((name) =>
    byId<HTMLButtonElement>(`digits-${name}`),
  );
  const saveButton = byId<HTMLButtonElement>('model-save');
  const exampleButton = byId<HTMLButtonElement>('pad-example');
  const message = byId('digits-message');
  const verdictText = byId('verdict');
  const weights = byId<HTMLCanvasElement>('weights');
  const probabilities = startProbabilities(byId('probabilities'));
  fillForm(form, { ...TRAINING_DEFAULTS, hidden: TRAINING_DEFAULTS.hidden.join() });

  let worker: Worker | undefined;
  const send = (command: Command): void => worker?.postMessage(command);
  let status: Status = 'untrained';
  let hasData = false;
  let isShown = false;
  const charts = new DigitsCharts();
  /** What is on the pad, and the label if it is a test image. */
  let drawing: Uint8Array | undefined;
  let label: number | undefined;
  let isStrokeFinished = true;

  const complain = (text: string): void => {
    message.textContent = text;
  };
  const readSettings = (): TrainingSettings | undefined => {
    const problem = invalidField(form);
    complain(problem ?? '');
    if (problem !== undefined) return undefined;
    const hidden = field(form, 'hidden')
      .split(',')
      .filter((size) => size.trim() !== '')
      .map(Number);
    if (hidden.some((size) => size < 1 || size > 4096) || hidden.length > 8) {
      complain('Hidden layers: at most 8, of 1 to 4096 neurons each.');
      return undefined;
    }
    const loss: Loss = field(form, 'loss') === 'binary' ? 'binary' : 'softmax';
    const chosen = field(form, 'optimizer');
    const optimizer = OPTIMIZERS.find((name) => name === chosen) ?? TRAINING_DEFAULTS.optimizer;
    return { hidden, loss, optimizer, ...numbers(form, 'learningRate', 'batchSize', 'epochs', 'seed') };
  };

  const recognise = (): void => {
    if (drawing !== undefined && status !== 'untrained') send({ kind: 'recognise', pixels: drawing });
    else showProbabilities(undefined);
  };
  const showProbabilities = (values: readonly number[] | undefined): void => {
    probabilities.show(drawing === undefined ? undefined : values);
    // A screen reader hears of whole drawings alone.
    if (!isStrokeFinished) return;
    if (status === 'untrained') verdictText.textContent = 'Train the network, or load a model, then draw.';
    else if (drawing === undefined) verdictText.textContent = 'Draw a digit.';
    else if (values !== undefined)
      verdictText.textContent = `${verdict(values)}${label === undefined ? '' : ` It is a ${label}.`}`;
  };

  /** What can be done now. */
  const showStatus = (): void => {
    runButton.textContent = RUN_LABELS[status];
    runButton.disabled = stepButton.disabled = exampleButton.disabled = !hasData;
    resetButton.disabled = saveButton.disabled = status === 'untrained';
    // A run keeps its settings; a trained network keeps its form.
    const isFixed: Readonly<Record<string, boolean>> = {
      all: status === 'training' || status === 'paused',
      form: status !== 'untrained',
    };
    for (const element of form.elements) {
      const name = element.getAttribute('name') ?? '';
      element.toggleAttribute('disabled', isFixed[name === 'hidden' || name === 'loss' ? 'form' : 'all']);
    }
  };

  const showProgress = (progress: Progress): void => {
    ({ status } = progress);
    const { epoch, epochs, batch, batches, loss, imagesPerSecond } = progress;
    showStatus();
    showResults(byId('digits-results'), {
      epoch: { text: epoch === 0 ? '–' : `${epoch} of ${epochs}` },
      batch: { text: epoch === 0 ? '–' : `${batch} of ${batches}` },
      loss: { text: loss === undefined ? '–' : loss.toFixed(4), exact: loss },
      speed: { text: imagesPerSecond === 0 ? '–' : Math.round(imagesPerSecond).toLocaleString('en') },
    });
    if (isShown) charts.show();
    recognise();
  };

  const showReset = (): void => {
    charts.clear();
    clearWeights(weights);
    complain('');
    showResults(byId('digits-results'), { validation: { text: '–' }, test: { text: '–' } });
  };

  const handle = (event: Event): void => {
    switch (event.kind) {
      case 'data': {
        const count = (n: number): string => n.toLocaleString('en');
        byId('data-source').textContent =
          `Data: ${event.source}, ${count(event.train)} to train on, ${count(event.validation)} to validate, ${count(event.test)} to test.`;
        hasData = true;
        return showStatus();
      }
      case 'progress':
        return showProgress(event.progress);
      case 'loss':
        return charts.pushLoss(event.time, event.loss);
      case 'accuracy':
        charts.pushAccuracies(event.time, event.train, event.validation);
        return showResults(byId('digits-results'), {
          validation: { text: event.validation.toFixed(4), exact: event.validation },
        });
      case 'test':
        return showResults(byId('digits-results'), {
          test: { text: event.accuracy.toFixed(4), exact: event.accuracy },
        });
      case 'weights':
        return drawWeights(weights, event);
      case 'probabilities':
        return showProbabilities(event.values);
      case 'example':
        label = event.label;
        return pad.showImage(event.pixels, event.rows, event.columns);
      case 'saved':
        return download(event.bytes, 'digits.safetensors');
      case 'loaded':
        return fillForm(form, { hidden: event.hidden.join(), loss: event.loss });
      case 'reset':
        if (event.isAnswer) clearTimeout(stuck);
        return showReset();
      case 'error':
        if (!hasData) byId('data-source').textContent = 'No images to train on.';
        showStatus();
        return complain(event.message);
    }
  };

  let stuck: ReturnType<typeof setTimeout> | undefined;
  const embedded = new URL('digits.bin', document.baseURI).href;
  /** What the worker was last told to read, for its successor. */
  let source: string | readonly File[] = embedded;

  const readData = (from: string | readonly File[]): void => {
    source = from;
    hasData = false;
    complain('');
    byId('data-source').textContent = 'Reading the images …';
    showStatus();
    send({ kind: 'data', from });
  };
  /** Forgets what was learnt, even if the worker is too busy to hear of it. */
  const reset = (): void => {
    send({ kind: 'reset' });
    clearTimeout(stuck);
    stuck = setTimeout(() => {
      worker?.terminate();
      status = 'untrained';
      startWorker();
    }, PATIENCE);
  };

  const startWorker = (): void => {
    worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<Event>) => handle(data));
    worker.addEventListener('error', (event) => complain(`The training worker failed: ${event.message}`));
    showReset();
    readData(source);
  };

  const pad = startPad(byId('pad'), {
    onChange(image, finished) {
      drawing = image;
      isStrokeFinished = finished;
      recognise();
    },
    onDraw() {
      label = undefined;
    },
  });
  byId('pad-clear').addEventListener('click', () => pad.clear());
  exampleButton.addEventListener('click', () => send({ kind: 'example' }));

  const train = (kind: 'train' | 'step'): void => {
    const settings = readSettings();
    if (settings === undefined) return;
    send({ kind, settings });
    // Until the first progress is told, which may take a while for large networks.
    runButton.textContent = 'Starting …';
    runButton.disabled = stepButton.disabled = true;
    resetButton.disabled = false;
  };
  runButton.addEventListener('click', () =>
    status === 'training' ? send({ kind: 'pause' }) : train('train'),
  );
  stepButton.addEventListener('click', () => train('step'));
  resetButton.addEventListener('click', reset);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', () => void readSettings());

  saveButton.addEventListener('click', () => send({ kind: 'save' }));
  chooseFiles('model-load', 'model-file', ([file]) => {
    complain('');
    send({ kind: 'load', file });
  });
  const embeddedButton = byId('data-embedded');
  const readFiles = (files: readonly File[]): void => {
    embeddedButton.hidden = false;
    readData(files);
  };
  chooseFiles('data-choose', 'data-files', readFiles);
  embeddedButton.addEventListener('click', () => {
    embeddedButton.hidden = true;
    readData(embedded);
  });
  dropFiles('drop', readFiles);

  return {
    show() {
      isShown = true;
      if (worker === undefined) startWorker();
      charts.show();
    },
    hide() {
      isShown = false;
    },
  };
};
