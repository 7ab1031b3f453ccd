/** The messages between the page and the training worker. */
import type { TrainingSettings } from '../classify.ts';
import type { Unit } from './weights.ts';

/** Messages from the page. */
export type Command =
  /** Reads the embedded digits from an address, or IDX files. */
  | { readonly kind: 'data'; readonly from: string | readonly File[] }
  /** Continues training, or starts it with these settings if there is no unfinished run. */
  | { readonly kind: 'train'; readonly settings: TrainingSettings }
  | { readonly kind: 'pause' }
  /** Trains one batch. */
  | { readonly kind: 'step'; readonly settings: TrainingSettings }
  /** Discards the model. */
  | { readonly kind: 'reset' }
  /** Requests the probabilities of the digits for an image of the model's size. */
  | { readonly kind: 'recognise'; readonly pixels: Uint8Array }
  /** Requests an image of the test set. */
  | { readonly kind: 'example' }
  | { readonly kind: 'save' }
  | { readonly kind: 'load'; readonly file: File };

/** The first message from the page: how many threads train; undefined for as many as there are. */
export interface ThreadsCommand {
  readonly kind: 'threads';
  readonly count: number | undefined;
}

/** `loaded`: there is a model, from a file or from a failed run, but no run. */
export type Status = 'untrained' | 'loaded' | 'training' | 'paused' | 'finished';

/** How far training is. */
export interface Progress {
  readonly status: Status;
  /** Epoch and batch start at 1; both are 0 before the first batch. */
  readonly epoch: number;
  readonly batch: number;
  readonly batches: number;
  readonly epochs: number;
  /** The mean loss of the batches of this epoch so far. */
  readonly loss: number | undefined;
  readonly imagesPerSecond: number;
  /** The number of threads that train. */
  readonly threads: number;
}

/** Messages from the worker. */
export type Event =
  | {
      readonly kind: 'data';
      readonly source: string;
      readonly train: number;
      readonly validation: number;
      readonly test: number;
    }
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** Points for the charts; `time` is in epochs. */
  | { readonly kind: 'loss'; readonly time: number; readonly loss: number }
  | { readonly kind: 'accuracy'; readonly time: number; readonly train: number; readonly validation: number }
  | { readonly kind: 'test'; readonly accuracy: number }
  /**
   * How the kernel of the first layer [pixels, neurons], or of the first convolution, has changed;
   * the kernel itself if the model comes from a file.
   */
  | {
      readonly kind: 'weights';
      readonly kernel: Float32Array;
      readonly rows: number;
      readonly columns: number;
      readonly neurons: number;
      readonly unit: Unit;
      readonly isChange: boolean;
    }
  | { readonly kind: 'probabilities'; readonly values: readonly number[] | undefined }
  | {
      readonly kind: 'example';
      readonly pixels: Uint8Array;
      readonly rows: number;
      readonly columns: number;
      readonly label: number;
    }
  | { readonly kind: 'saved'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** A model has been loaded, with these settings. */
  | ({ readonly kind: 'loaded' } & Pick<TrainingSettings, 'model' | 'hidden' | 'loss'>)
  /** Charts start again; `isResponse` if the page has sent a `reset`. */
  | { readonly kind: 'reset'; readonly isResponse: boolean }
  | { readonly kind: 'error'; readonly message: string; readonly details?: string };

/** Resolves after the messages that have already arrived. */
export const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
