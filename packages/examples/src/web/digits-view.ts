/** The view that trains a network on handwritten digits, in a worker, and recognises drawings. */
import { DigitsCharts } from './digits-charts.ts';
import { disableSettings, fillDefaults, readSettings, settingsProblem } from './digits-form.ts';
import { chooseFiles, download } from './file-controls.ts';
import { fillForm } from './form.ts';
import { type ImageSource, ImageSourceChoice } from './image-source.ts';
import type { Event, Progress, Status } from './messages.ts';
import { byId, type Result, rounded, setDisabled, showProblem, showResults } from './page.ts';
import { Recognition } from './recognition.ts';
import type { View } from './tabs.ts';
import { TrainingWorker } from './training-worker.ts';
import { clearWeights, drawWeights } from './weights.ts';

const RUN_LABELS: Readonly<Record<Status, string>> = {
  untrained: 'Train',
  loaded: 'Train more',
  training: 'Pause',
  paused: 'Continue',
  finished: 'Train more',
};

/** Loads the data when it is first shown; continues training while it is hidden. */
export class DigitsView implements View {
  readonly #form = byId<HTMLFormElement>('digits-settings');
  readonly #runButton = byId<HTMLButtonElement>('digits-run');
  readonly #stepButton = byId<HTMLButtonElement>('digits-step');
  readonly #resetButton = byId<HTMLButtonElement>('digits-reset');
  readonly #saveButton = byId<HTMLButtonElement>('model-save');
  readonly #exampleButton = byId<HTMLButtonElement>('pad-example');
  readonly #weights = byId<HTMLCanvasElement>('weights');
  readonly #charts = new DigitsCharts();
  readonly #images = new ImageSourceChoice((source) => this.#readImages(source));
  readonly #recognition = new Recognition((command) => this.#worker.send(command));
  readonly #worker = new TrainingWorker({
    onStart: () => this.#begin(),
    onEvent: (event) => this.#handle(event),
    onError: (message) => this.#fail(message),
  });
  #status: Status = 'untrained';
  #isShown = false;

  constructor() {
    fillDefaults(this.#form, 'mlp');
    byId('digits-model').addEventListener('change', () => fillDefaults(this.#form));
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    this.#form.addEventListener('input', () => this.#complain(settingsProblem(this.#form)));
    this.#runButton.addEventListener('click', () =>
      this.#status === 'training' ? this.#worker.send({ kind: 'pause' }) : this.#train('train'),
    );
    this.#stepButton.addEventListener('click', () => this.#train('step'));
    this.#resetButton.addEventListener('click', () => this.#worker.reset());
    this.#saveButton.addEventListener('click', () => this.#worker.send({ kind: 'save' }));
    chooseFiles('model-load', 'model-file', ([file]) => {
      this.#complain();
      this.#worker.send({ kind: 'load', file });
    });
  }

  show(): void {
    this.#isShown = true;
    if (!this.#worker.isStarted) this.#worker.start();
    this.#charts.show();
  }

  hide(): void {
    this.#isShown = false;
  }

  /** Says that the worker does not run. Without a message, its script did not arrive. */
  #fail(message: string | undefined): void {
    const isMissing = message === undefined || message === '';
    if (isMissing) this.#images.showFailure();
    this.#complain(
      isMissing
        ? 'The training worker could not be loaded. Check your connection, then reload the page.'
        : `The training worker failed: ${message}`,
    );
  }

  /** Shows what is wrong; undefined if nothing is. */
  #complain(text?: string, details?: string): void {
    const problem = text === undefined ? undefined : { text, ...(details === undefined ? {} : { details }) };
    showProblem(byId('digits-message'), problem);
  }

  #showResults(results: Readonly<Record<string, Result>>): void {
    showResults(byId('digits-results'), results);
  }

  /** Starts with a new worker. */
  #begin(): void {
    this.#status = 'untrained';
    this.#clearTraining();
    this.#images.read();
  }

  #readImages(from: ImageSource): void {
    this.#complain();
    this.#showStatus();
    this.#worker.send({ kind: 'data', from });
  }

  #train(kind: 'train' | 'step'): void {
    const problem = settingsProblem(this.#form);
    this.#complain(problem);
    if (problem !== undefined) return;
    this.#worker.send({ kind, settings: readSettings(this.#form) });
    // Until the worker reports progress: that takes a while for large networks.
    this.#runButton.textContent = 'Starting …';
    for (const button of [this.#runButton, this.#stepButton]) setDisabled(button, true);
    this.#resetButton.disabled = false;
  }

  #handle(event: Event): void {
    switch (event.kind) {
      case 'data':
        this.#images.showCounts(event);
        this.#complain();
        return this.#showStatus();
      case 'progress':
        return this.#showProgress(event.progress);
      case 'loss':
        return this.#charts.pushLoss(event.time, event.loss);
      case 'accuracy':
        this.#charts.pushAccuracies(event.time, event.train, event.validation);
        return this.#showResults({ validation: rounded(event.validation, 4) });
      case 'test':
        this.#charts.setTestAccuracy(event.accuracy);
        return this.#showResults({ test: rounded(event.accuracy, 4) });
      case 'weights':
        return drawWeights(this.#weights, event);
      case 'probabilities':
        return this.#recognition.showProbabilities(event.values);
      case 'example':
        return this.#recognition.showExample(event);
      case 'saved':
        return download(event.bytes, 'digits.safetensors');
      case 'loaded':
        this.#complain();
        return fillForm(this.#form, { model: event.model, hidden: event.hidden.join(), loss: event.loss });
      case 'reset':
        return this.#clearTraining();
      case 'error':
        this.#images.showFailure();
        this.#showStatus();
        this.#complain(event.message, event.details);
        // On a phone, it may be out of sight.
        return byId('digits-message').scrollIntoView({ block: 'nearest' });
    }
  }

  /** Shows what can be done now. */
  #showStatus(): void {
    this.#runButton.textContent = RUN_LABELS[this.#status];
    for (const button of [this.#runButton, this.#stepButton, this.#exampleButton])
      setDisabled(button, !this.#images.isRead);
    const wasReset = document.activeElement === this.#resetButton && this.#status === 'untrained';
    this.#resetButton.disabled = this.#saveButton.disabled = this.#status === 'untrained';
    // Otherwise nothing has the focus any more.
    if (wasReset) this.#runButton.focus();
    disableSettings(this.#form, this.#status);
    byId('digits-fixed').hidden = this.#form.querySelector(':disabled') === null;
  }

  #showProgress(progress: Progress): void {
    const { status, epoch, epochs, batch, batches, loss, imagesPerSecond, threads } = progress;
    this.#status = status;
    this.#showStatus();
    // No empty boxes before the training.
    byId('digits-results').hidden = status === 'untrained';
    byId('digits-charts').hidden = status === 'untrained' || this.#charts.isEmpty;
    this.#showResults({
      epoch: { text: epoch === 0 ? '–' : `${epoch} of ${epochs}` },
      batch: { text: epoch === 0 ? '–' : `${batch} of ${batches}` },
      loss: rounded(loss, 4),
      threads: { text: threads === 1 ? '' : ` on ${threads} threads` },
      speed: { text: imagesPerSecond === 0 ? '–' : Math.round(imagesPerSecond).toLocaleString('en') },
    });
    if (this.#isShown) this.#charts.show();
    this.#recognition.update(status);
  }

  #clearTraining(): void {
    this.#charts.clear();
    clearWeights(this.#weights);
    this.#complain();
    this.#showResults({ validation: rounded(undefined, 4), test: rounded(undefined, 4) });
  }
}
