/** A process that answers each line that it is sent with a line of JSON. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Answer = Readonly<{ [name: string]: unknown }>;

/** A text of an answer. Throws a TypeError if there is none of this name. */
export const text = (answer: Answer, name: string): string => {
  const value = answer[name];
  if (typeof value !== 'string') throw new TypeError(`it answers without ${name}`);
  return value;
};

/** A number of an answer. Throws a TypeError if there is none of this name. */
export const figure = (answer: Answer, name: string): number => {
  const value = answer[name];
  if (typeof value !== 'number') throw new TypeError(`it answers without ${name}`);
  return value;
};

export class LineProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  /** Why there are no more lines, as far as is known. */
  #cause: string = '';

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args);
    this.#child.on('error', (error: NodeJS.ErrnoException) => {
      this.#cause = error.code === 'ENOENT' ? `there is no ${command}` : error.message;
    });
    this.#child.stderr.on('data', (text: Buffer) => (this.#cause = String(text).trim().slice(-500)));
    // A process that is gone cannot be written to; that it is gone is seen when it is read from.
    this.#child.stdin.on('error', () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The next answer; throws if it is an error, or if the process has ended. */
  async answer(): Promise<Answer> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(this.#cause === '' ? 'its process ended' : this.#cause);
    const answer = JSON.parse(value) as Answer;
    if (typeof answer['error'] === 'string') throw new Error(answer['error']);
    return answer;
  }

  request(message: object): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
    return this.answer();
  }

  /** Ends its input, and so the process. */
  close(): void {
    this.#child.stdin.end();
  }
}
