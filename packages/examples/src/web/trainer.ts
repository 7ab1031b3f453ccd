/** Trains in short slices, and answers the page between them. The worker runs it. */
import { NonFiniteError, random } from '@mini/autograd';
import { threads } from '@mini/autograd/threads';
import { type TrainingSettings } from '../classify.ts';
import { prepareData } from '../data/prepare.ts';
import { subset } from '../data/dataset.ts';
import { SIDE } from '../drawing.ts';
import { describeModelError, loadModel, type Model, saveModel } from '../model-file.ts';
import { fetchDigits, readIdxFiles } from './files.ts';
import { type Command, type Event, nextTask, type Status } from './messages.ts';
import { firstLayer, recognise, testAccuracy } from './model-use.ts';
import { type BatchResult, type Images, isOfSize, NO_PROGRESS, TrainingRun } from './training-run.ts';

/** Milliseconds of training before the next messages are handled. */
const SLICE = 12;
/** Milliseconds between two reports of progress, and between two pictures of the weights. */
const REPORT_INTERVAL = 50;
const WEIGHTS_INTERVAL = 250;

/** Returns a function that tells whether `interval` ms have passed since it last returned true. */
const every = (interval: number): ((isForced: boolean) => boolean) => {
  let last = 0;
  return (isForced) => {
    const now = performance.now();
    if (!isForced && now - last <= interval) return false;
    last = now;
    return true;
  };
};

/** Returns images with the normalisation of a model, which can come from a file. */
const withStatistics = (images: Images, model: Model | undefined): Images => {
  const { splits, data } = images;
  const isSame = model === undefined || (model.mean === data.mean && model.std === data.std);
  return isSame ? images : { splits, data: prepareData(splits, model) };
};

const readModel = async (file: File): Promise<Model> => {
  try {
    return loadModel(new Uint8Array(await file.arrayBuffer()));
  } catch (error) {
    throw new Error(`${file.name}: ${describeModelError(error)}`, { cause: error });
  }
};

/** A training whose numbers became infinite. */
class Diverged extends Error {
  readonly details: string;

  constructor(place: string, details: string) {
    super(`The training diverged ${place}. Press Reset and try a smaller learning rate.`);
    this.details = details;
  }
}

export class Trainer {
  readonly #send: (event: Event) => void;
  readonly #isReportDue = every(REPORT_INTERVAL);
  readonly #isPictureDue = every(WEIGHTS_INTERVAL);
  #images: Images | undefined;
  #model: Model | undefined;
  #run: TrainingRun | undefined;
  #status: Status = 'untrained';
  #exampleCount = 0;
  /** Counts the readings of data, the trainings, and the loaded models, to detect outdated ones. */
  #readings = 0;
  #trainings = 0;
  #loads = 0;

  constructor(send: (event: Event) => void) {
    this.#send = send;
  }

  /** Executes a command; sends an `error` event if that fails. */
  async handle(command: Command): Promise<void> {
    try {
      await this.#execute(command);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const details = error instanceof Diverged ? { details: error.details } : {};
      this.#send({ kind: 'error', message, ...details });
    }
  }

  #execute(command: Command): Promise<void> | void {
    switch (command.kind) {
      case 'data':
        return this.#readData(command.from);
      case 'train':
        return this.#train(command.settings);
      case 'pause':
        if (this.#status === 'training') this.#status = 'paused';
        return undefined;
      case 'step':
        this.#prepareRun(command.settings);
        this.#status = 'paused';
        this.#step();
        return this.#report(true);
      case 'reset':
        return this.#reset(true);
      case 'recognise':
        return this.#recognise(command.pixels);
      case 'example':
        return this.#sendExample();
      case 'save':
        return this.#save();
      case 'load':
        return this.#load(command.file);
    }
  }

  async #readData(from: string | readonly File[]): Promise<void> {
    const reading = ++this.#readings;
    const loads = this.#loads;
    const splits = await (typeof from === 'string' ? fetchDigits(from) : readIdxFiles(from));
    // The user has chosen other images meanwhile.
    if (reading !== this.#readings) return;
    const data = prepareData(splits);
    this.#images = { splits, data };
    // A model that the user has loaded meanwhile stays.
    if (loads === this.#loads) this.#reset(false);
    else this.#sendTestAccuracy();
    this.#send({
      kind: 'data',
      source: splits.source,
      train: data.train.labels.size,
      validation: data.validation.labels.size,
      test: data.test.labels.size,
    });
  }

  #requireImages(): Images {
    if (this.#images === undefined) throw new Error('There are no training images yet.');
    return this.#images;
  }

  #reset(isResponse: boolean): void {
    this.#status = 'untrained';
    this.#run = this.#model = undefined;
    this.#send({ kind: 'reset', isResponse });
    this.#report(true);
  }

  /** Creates a run, unless there is an unfinished one. It starts from the present model, if any. */
  #prepareRun(settings: TrainingSettings): void {
    const images = this.#requireImages();
    if (this.#run !== undefined && this.#status !== 'finished') return;
    this.#run = new TrainingRun(withStatistics(images, this.#model), settings, this.#model);
    this.#send({ kind: 'reset', isResponse: false });
  }

  async #train(settings: TrainingSettings): Promise<void> {
    if (this.#status === 'training') return;
    this.#prepareRun(settings);
    this.#status = 'training';
    const training = ++this.#trainings;
    const isTraining = (): boolean => this.#status === 'training' && training === this.#trainings;
    while (isTraining()) {
      const end = performance.now() + SLICE;
      do this.#step();
      while (isTraining() && performance.now() < end);
      this.#report(!isTraining());
      await nextTask();
    }
    this.#report(true);
  }

  /** Trains on one batch and sends what there is to draw in the charts. */
  #step(): void {
    const run = this.#run;
    if (run === undefined) return;
    const { model, time, loss } = this.#advance(run);
    this.#model = model;
    this.#send({ kind: 'loss', time, loss });
    if (run.isMeasurementDue) this.#send({ kind: 'accuracy', time, ...run.measure(model) });
    if (!run.isFinished) return;
    this.#status = 'finished';
    this.#send({ kind: 'test', accuracy: run.testAccuracy(model) });
  }

  /** Trains on one batch. If that fails, it ends the run and keeps the model from before. */
  #advance(run: TrainingRun): BatchResult {
    try {
      return run.step();
    } catch (error) {
      this.#run = undefined;
      this.#status = this.#model === undefined ? 'untrained' : 'loaded';
      this.#report(true);
      if (!(error instanceof NonFiniteError)) throw error;
      throw new Diverged(run.nextBatch, error.message);
    }
  }

  /** Sends the progress and the weights, unless that happened a moment ago. */
  #report(isForced: boolean): void {
    if (this.#isReportDue(isForced)) {
      const progress = {
        status: this.#status,
        threads: threads().count,
        ...(this.#run?.progress ?? NO_PROGRESS),
      };
      this.#send({ kind: 'progress', progress });
    }
    if (this.#isPictureDue(isForced) && this.#model !== undefined)
      this.#send(firstLayer(this.#model, this.#run?.start));
  }

  #recognise(pixels: Uint8Array): void {
    const model = this.#model;
    if (model !== undefined && (model.rows !== SIDE || model.columns !== SIDE))
      throw new Error(
        `The model expects images of ${model.rows} × ${model.columns} pixels, and drawings have ${SIDE} × ${SIDE}. Load a model for these.`,
      );
    this.#send({ kind: 'probabilities', values: model && recognise(model, pixels) });
  }

  #sendExample(): void {
    const { test } = this.#requireImages().splits;
    const key = random.foldIn(random.key(0), this.#exampleCount++);
    const index = random.randint(key, [], 0, test.count).item();
    const { images, labels, rows, columns } = subset(test, index, index + 1);
    this.#send({ kind: 'example', pixels: images.slice(), rows, columns, label: labels[0] });
  }

  #save(): void {
    if (this.#model === undefined) throw new Error('There is no model to save yet: train one.');
    this.#send({ kind: 'saved', bytes: saveModel(this.#model) as Uint8Array<ArrayBuffer> });
  }

  async #load(file: File): Promise<void> {
    const model = await readModel(file);
    this.#reset(false);
    this.#loads++;
    this.#model = model;
    this.#status = 'loaded';
    const { model: name, hidden, loss } = model;
    this.#send({ kind: 'loaded', model: name, hidden, loss });
    this.#sendTestAccuracy();
    this.#report(true);
  }

  /** Sends the accuracy of a loaded model on the test images, if they are of its size. */
  #sendTestAccuracy(): void {
    const [model, images] = [this.#model, this.#images];
    if (model === undefined || images === undefined || !isOfSize(model, images.splits)) return;
    this.#send({ kind: 'test', accuracy: testAccuracy(model, withStatistics(images, model)) });
  }
}
