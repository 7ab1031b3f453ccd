/** What the page and the training worker say to each other. */
import type { TrainingSettings } from '../classify.ts';

/** From the page. */
export type Command =
  /** Reads the embedded digits from an address, or IDX files. */
  | { readonly kind: 'data'; readonly from: string | readonly File[] }
  /** Trains from where training stands, or from the start with these settings if there is nothing to go on from. */
  | { readonly kind: 'train'; readonly settings: TrainingSettings }
  | { readonly kind: 'pause' }
  /** Trains one batch. */
  | { readonly kind: 'step'; readonly settings: TrainingSettings }
  /** Forgets what was learnt. */
  | { readonly kind: 'reset' }
  /** Asks for the probabilities of an image, of the size of the training images. */
  | { readonly kind: 'recognise'; readonly pixels: Uint8Array }
  /** Asks for an image of the test set. */
  | { readonly kind: 'example' }
  | { readonly kind: 'save' }
  | { readonly kind: 'load'; readonly file: File };

/** `loaded`: there is a model from a file, and training can go on from it. */
export type Status = 'untrained' | 'loaded' | 'training' | 'paused' | 'finished';

/** How far training is. */
export interface Progress {
  readonly status: Status;
  /** Both from 1; 0 before the first batch. */
  readonly epoch: number;
  readonly batch: number;
  readonly batches: number;
  readonly epochs: number;
  /** Of the last batch. */
  readonly loss: number | undefined;
  readonly imagesPerSecond: number;
}

/** From the worker. */
export type Event =
  | {
      readonly kind: 'data';
      readonly source: string;
      readonly train: number;
      readonly validation: number;
      readonly test: number;
    }
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** Points for the charts: time in epochs. */
  | { readonly kind: 'loss'; readonly time: number; readonly loss: number }
  | { readonly kind: 'accuracy'; readonly time: number; readonly train: number; readonly validation: number }
  | { readonly kind: 'test'; readonly accuracy: number }
  /** The kernel of the first layer [pixels, neurons]. */
  | {
      readonly kind: 'weights';
      readonly kernel: Float32Array;
      readonly rows: number;
      readonly columns: number;
      readonly neurons: number;
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
  /** A model was loaded; its settings. */
  | { readonly kind: 'loaded'; readonly hidden: readonly number[]; readonly loss: TrainingSettings['loss'] }
  /** Charts start anew: because the page asked for it, or for another reason. */
  | { readonly kind: 'reset'; readonly isAnswer: boolean }
  | { readonly kind: 'error'; readonly message: string };

/** Lets the messages in that have arrived. */
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
