/** The choice of training images: the embedded digits, or the user's files. */
import { chooseFiles, dropFiles } from './file-controls.ts';
import type { Event } from './messages.ts';
import { byId } from './page.ts';

/** The address of the embedded digits, or the user's files. */
export type ImageSource = string | readonly File[];

const EMBEDDED = new URL('digits.bin', document.baseURI).href;

const grouped = (count: number): string => count.toLocaleString('en');

export class ImageSourceChoice {
  readonly #text = byId('data-source');
  readonly #embeddedButton = byId('data-embedded');
  readonly #onChoice: (source: ImageSource) => void;
  #source: ImageSource = EMBEDDED;
  /** The images that are being read. */
  #pending: ImageSource = EMBEDDED;
  /** What the page says of the images that were read last. */
  #counts: string | undefined;
  #isRead = false;

  constructor(onChoice: (source: ImageSource) => void) {
    this.#onChoice = onChoice;
    const choose = (files: readonly File[]): void => this.#choose(files);
    chooseFiles('data-choose', 'data-files', choose);
    dropFiles('drop', choose);
    this.#embeddedButton.addEventListener('click', () => this.#choose(EMBEDDED));
  }

  /** Whether the images have been read. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Starts reading the chosen images. */
  read(): void {
    this.#read(this.#source);
  }

  #read(source: ImageSource): void {
    this.#isRead = false;
    this.#pending = source;
    this.#text.textContent = 'Reading the images …';
    this.#onChoice(source);
  }

  #choose(source: ImageSource): void {
    this.#read(source);
  }

  showCounts({ source, train, validation, test }: Extract<Event, { kind: 'data' }>): void {
    this.#isRead = true;
    this.#source = this.#pending;
    const hadFocus = document.activeElement === this.#embeddedButton;
    this.#embeddedButton.hidden = this.#source === EMBEDDED;
    if (hadFocus && this.#embeddedButton.hidden) byId('data-choose').focus();
    this.#text.textContent =
      this.#counts = `Data: ${source}, ${grouped(train)} training, ${grouped(validation)} validation, ${grouped(test)} test images.`;
  }

  /** After an error: if it was in the reading, the images from before stay. */
  showFailure(): void {
    if (this.#isRead) return;
    this.#isRead = this.#counts !== undefined;
    this.#text.textContent = this.#counts ?? 'There are no training images.';
  }
}
