/** Starts a process that answers each line with a line of JSON. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Answer = Readonly<{ [name: string]: unknown }>;

/** Reads a text from an answer. Throws a TypeError if it is missing. */
export const readText = (answer: Answer, name: string): string => {
  const value = answer[name];
  if (typeof value !== 'string') throw new TypeError(`its answer has no ${name}`);
  return value;
};

/** Reads a number from an answer. Throws a TypeError if it is missing. */
export const readNumber = (answer: Answer, name: string): number => {
  const value = answer[name];
  if (typeof value !== 'number') throw new TypeError(`its answer has no ${name}`);
  return value;
};

export class LineProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  /** The reason why there are no more lines, if known. */
  #cause: string = '';

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args);
    this.#child.on('error', (error: NodeJS.ErrnoException) => {
      this.#cause = error.code === 'ENOENT' ? `${command} was not found` : error.message;
    });
    this.#child.stderr.on('data', (text: Buffer) => (this.#cause = String(text).trim().slice(-500)));
    // Writing to a process that has ended fails. `answer` reports that it has ended.
    this.#child.stdin.on('error', () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Returns the next answer. Throws if it is an error, or if the process has ended. */
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

  /** Closes the input of the process, which ends it. */
  close(): void {
    this.#child.stdin.end();
  }
}
