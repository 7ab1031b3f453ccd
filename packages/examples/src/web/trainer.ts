/** Training in slices that leave time for questions between them: what the worker does, without being one. */
import { NonFiniteError, random, slice, tensor } from '@mini/autograd';
import {
  getAcc,
  Net,
  type NetParams,
  normalize,
  prepareData,
  type PreparedData,
  startTraining,
  type Step,
  trainClassifier,
  type TrainingSettings,
} from '../classify.ts';
import type { Splits } from '../data/dataset.ts';
import { classProbabilities } from '../evaluation.ts';
import { loadModel, type Model, saveModel } from '../model-file.ts';
import { fetchDigits, readIdxFiles } from './files.ts';
import { type Command, type Event, nextTask, type Status } from './messages.ts';

/** Milliseconds of training between two looks at the messages. */
const SLICE = 12;
/** Milliseconds between two reports of progress, and between two pictures of the weights. */
const REPORT_INTERVAL = 50;
const WEIGHTS_INTERVAL = 250;
/** So many times an epoch the accuracies are measured, on so many images. */
const MEASUREMENTS = 5;
const MEASURED_IMAGES = 1000;

/** A training run. */
interface Run {
  readonly settings: TrainingSettings;
  readonly steps: Iterator<Step>;
  readonly accuracyOf: ReturnType<typeof getAcc>;
}

export class Trainer {
  readonly #send: (event: Event) => void;
  #splits: Splits | undefined;
  #data: PreparedData | undefined;
  #model: Model | undefined;
  #run: Run | undefined;
  #last: Step | undefined;
  #status: Status = 'untrained';
  #trainedImages = 0;
  #trainingTime = 0;
  #reported = 0;
  #shown = 0;
  #exampleCount = 0;
  /** How many times data were read, training was started, and a model was loaded. */
  #readings = 0;
  #turns = 0;
  #loads = 0;

  constructor(send: (event: Event) => void) {
    this.#send = send;
  }

  /** Does what the page asks for; what goes wrong is sent to it. */
  async handle(command: Command): Promise<void> {
    try {
      await this.#handle(command);
    } catch (error) {
      this.#send({ kind: 'error', message: error instanceof Error ? error.message : String(error) });
    }
  }

  #handle(command: Command): Promise<void> | void {
    switch (command.kind) {
      case 'data':
        return this.#readData(command.from);
      case 'train':
        return this.#train(command.settings);
      case 'pause':
        if (this.#status === 'training') this.#status = 'paused';
        return undefined;
      case 'step':
        this.#start(command.settings);
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
    const turn = ++this.#readings;
    const loads = this.#loads;
    const splits = await (typeof from === 'string' ? fetchDigits(from) : readIdxFiles(from));
    // Something else was chosen meanwhile.
    if (turn !== this.#readings) return;
    this.#data = prepareData(splits);
    this.#splits = splits;
    const { train, validation, test } = this.#data;
    // What was loaded while the data were read stays.
    if (loads === this.#loads) this.#reset(false);
    const [trainCount, validationCount, testCount] = [train, validation, test].map(
      ({ labels }) => labels.size,
    );
    this.#send({
      kind: 'data',
      source: splits.source,
      train: trainCount,
      validation: validationCount,
      test: testCount,
    });
  }

  #needData(): { data: PreparedData; splits: Splits } {
    if (this.#data === undefined || this.#splits === undefined)
      throw new Error('there are no training images yet');
    return { data: this.#data, splits: this.#splits };
  }

  #reset(isAnswer: boolean): void {
    this.#status = 'untrained';
    this.#run = this.#last = this.#model = undefined;
    this.#trainedImages = this.#trainingTime = 0;
    this.#send({ kind: 'reset', isAnswer });
    this.#report(true);
  }

  /** Makes a run, unless there is one that is not finished. What was learnt or loaded before is where it starts. */
  #start(settings: TrainingSettings): void {
    const { data, splits } = this.#needData();
    if (this.#run !== undefined && this.#status !== 'finished') return;
    const { rows, columns } = splits.train;
    const loaded = this.#model;
    if (loaded !== undefined && (loaded.rows !== rows || loaded.columns !== columns)) {
      throw new Error(
        `the model was trained on images of ${loaded.rows} × ${loaded.columns}, these are ${rows} × ${columns}`,
      );
    }
    const { hidden, loss } = loaded ?? settings;
    const used = { ...settings, hidden, loss };
    const net = Net(hidden, loss);
    const fresh = startTraining(net, data.train.images.shape, used);
    this.#run = {
      settings: used,
      steps: trainClassifier(net, data.train, used, { ...fresh, ...(loaded && { params: loaded.params }) }),
      accuracyOf: getAcc(net),
    };
    this.#send({ kind: 'reset', isAnswer: false });
    this.#trainedImages = this.#trainingTime = 0;
    this.#last = undefined;
  }

  async #train(settings: TrainingSettings): Promise<void> {
    if (this.#status === 'training') return;
    this.#start(settings);
    this.#status = 'training';
    const turn = ++this.#turns;
    const isTraining = (): boolean => this.#status === 'training' && turn === this.#turns;
    while (isTraining()) {
      const end = performance.now() + SLICE;
      do this.#step();
      while (isTraining() && performance.now() < end);
      this.#report(!isTraining());
      await nextTask();
    }
    this.#report(true);
  }

  /** One batch. */
  #step(): void {
    const run = this.#run;
    if (run === undefined) return;
    const { data, splits } = this.#needData();
    const before = performance.now();
    const { value: step, done } = this.#next(run);
    if (done === true) return this.#finish(run, data);
    const loss = step.loss.item();
    this.#trainingTime += performance.now() - before;
    const { hidden, loss: kind, epochs } = run.settings;
    this.#last = step;
    this.#trainedImages += data.train.labels.size / step.batches;
    const { rows, columns } = splits.train;
    const { mean, std } = data;
    this.#model = { params: step.state.params, hidden, loss: kind, mean, std, rows, columns };
    const time = step.epoch + (step.batch + 1) / step.batches;
    this.#send({ kind: 'loss', time, loss });
    const interval = Math.max(1, Math.floor(step.batches / MEASUREMENTS));
    if ((step.batch + 1) % interval === 0) this.#measure(run, data, step.state.params, time);
    if (step.epoch === epochs - 1 && step.batch === step.batches - 1) this.#finish(run, data);
  }

  /** The next batch; if it makes NaN or an infinity, the run is over, and what was learnt before stays. */
  #next(run: Run): IteratorResult<Step> {
    try {
      return run.steps.next();
    } catch (error) {
      this.#run = this.#last = undefined;
      this.#status = this.#model === undefined ? 'untrained' : 'loaded';
      this.#report(true);
      if (!(error instanceof NonFiniteError)) throw error;
      throw new Error(`${error.message}. Press Reset and try a smaller learning rate.`, { cause: error });
    }
  }

  #measure(run: Run, data: PreparedData, params: NetParams, time: number): void {
    const [train, validation] = [data.train, data.validation].map(({ images, labels }) =>
      run.accuracyOf(params, {
        images: slice(images, [0, MEASURED_IMAGES]),
        labels: slice(labels, [0, MEASURED_IMAGES]),
      }),
    );
    this.#send({ kind: 'accuracy', time, train, validation });
  }

  #finish(run: Run, data: PreparedData): void {
    this.#status = 'finished';
    if (this.#model !== undefined)
      this.#send({ kind: 'test', accuracy: run.accuracyOf(this.#model.params, data.test) });
  }

  /** Tells the page how far training is, unless that was just told. */
  #report(now: boolean): void {
    const time = performance.now();
    if (now || time - this.#reported > REPORT_INTERVAL) {
      this.#reported = time;
      const step = this.#last;
      this.#send({
        kind: 'progress',
        progress: {
          status: this.#status,
          epoch: step === undefined ? 0 : step.epoch + 1,
          batch: step === undefined ? 0 : step.batch + 1,
          batches: step?.batches ?? 0,
          epochs: this.#run?.settings.epochs ?? 0,
          loss: step?.loss.item(),
          imagesPerSecond: this.#trainingTime === 0 ? 0 : this.#trainedImages / (this.#trainingTime / 1000),
        },
      });
    }
    if (now || time - this.#shown > WEIGHTS_INTERVAL) {
      this.#shown = time;
      this.#sendWeights();
    }
  }

  #sendWeights(): void {
    if (this.#model === undefined) return;
    const { params, rows, columns, hidden } = this.#model;
    const { kernel } = params[hidden.length > 0 ? 'hidden1' : 'out'];
    this.#send({ kind: 'weights', kernel: kernel.data.slice(), rows, columns, neurons: kernel.shape[1] });
  }

  #recognise(pixels: Uint8Array): void {
    const model = this.#model;
    if (model === undefined) return this.#send({ kind: 'probabilities', values: undefined });
    const { params, hidden, loss, mean, std, rows, columns } = model;
    const image = normalize(tensor(pixels, [1, rows, columns]), mean, std).data;
    const probabilities = classProbabilities(Net(hidden, loss), loss)(params, image);
    this.#send({ kind: 'probabilities', values: [...probabilities.data] });
  }

  #sendExample(): void {
    const { test } = this.#needData().splits;
    const key = random.foldIn(random.key(0), this.#exampleCount++);
    const place = random.randint(key, [], 0, test.count).item();
    const size = test.rows * test.columns;
    const pixels = test.images.slice(place * size, (place + 1) * size);
    this.#send({
      kind: 'example',
      pixels,
      rows: test.rows,
      columns: test.columns,
      label: test.labels[place],
    });
  }

  #save(): void {
    if (this.#model === undefined) throw new Error('there is no model to save yet: train one');
    this.#send({ kind: 'saved', bytes: saveModel(this.#model) as Uint8Array<ArrayBuffer> });
  }

  async #load(file: File): Promise<void> {
    let model: Model;
    try {
      model = loadModel(new Uint8Array(await file.arrayBuffer()));
    } catch (error) {
      throw new Error(`${file.name}: ${(error as Error).message}`, { cause: error });
    }
    this.#reset(false);
    this.#loads++;
    this.#model = model;
    this.#status = 'loaded';
    this.#send({ kind: 'loaded', hidden: model.hidden, loss: model.loss });
    if (
      this.#data !== undefined &&
      this.#splits?.test.rows === model.rows &&
      this.#splits.test.columns === model.columns
    ) {
      const accuracyOf = getAcc(Net(model.hidden, model.loss));
      this.#send({ kind: 'test', accuracy: accuracyOf(model.params, this.#data.test) });
    }
    this.#report(true);
  }
}
