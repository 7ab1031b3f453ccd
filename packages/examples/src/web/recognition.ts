/** The pad, and what the network recognises on it. */
import type { Command, Event, Status } from './messages.ts';
import { Pad } from './pad.ts';
import { byId } from './page.ts';
import { describeBest, ProbabilityBars, withArticle } from './probabilities.ts';

export class Recognition {
  readonly #send: (command: Command) => void;
  readonly #bars = new ProbabilityBars(byId('probabilities'), byId('probabilities-note'));
  readonly #verdict = byId('verdict');
  readonly #pad: Pad;
  #status: Status = 'untrained';
  #image: Uint8Array | undefined;
  /** The label of the image, if it is one of the test set. */
  #label: number | undefined;
  #isFinished = true;

  constructor(send: (command: Command) => void) {
    this.#send = send;
    this.#pad = new Pad(byId('pad'), {
      onChange: (image, isFinished) => {
        this.#image = image;
        this.#isFinished = isFinished;
        this.#recognise();
      },
      onDraw: () => {
        this.#label = undefined;
      },
    });
    byId('pad-clear').addEventListener('click', () => this.#pad.clear());
    byId('pad-example').addEventListener('click', () => send({ kind: 'example' }));
  }

  /** Recognises the image again, after a change of the network. */
  update(status: Status): void {
    this.#status = status;
    byId('probabilities-section').hidden = status === 'untrained';
    this.#recognise();
  }

  /** Puts an image of the test set on the pad. */
  showExample({ pixels, rows, columns, label }: Extract<Event, { kind: 'example' }>): void {
    this.#label = label;
    this.#pad.showImage(pixels, rows, columns);
  }

  /** Shows the network's answer for the image; undefined if there is none. */
  showProbabilities(values: readonly number[] | undefined): void {
    this.#bars.show(this.#image === undefined ? undefined : values);
    // Screen readers read the verdict aloud: not in the middle of a stroke.
    if (this.#isFinished) this.#verdict.textContent = this.#describe(values);
  }

  #describe(values: readonly number[] | undefined): string | null {
    if (this.#status === 'untrained') return 'Train the network, or load a model, then draw.';
    if (this.#image === undefined) return 'Draw a digit.';
    if (values === undefined) return this.#verdict.textContent;
    return describeBest(values) + (this.#label === undefined ? '' : ` It is ${withArticle(this.#label)}.`);
  }

  #recognise(): void {
    if (this.#image === undefined || this.#status === 'untrained') this.showProbabilities(undefined);
    else this.#send({ kind: 'recognise', pixels: this.#image });
  }
}
