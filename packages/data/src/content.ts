/** The bytes that a reader decodes, and errors about them. */
import { rangeError } from '@mini/autograd/check';

/** The bytes of a source, and what errors need. */
export interface Content {
  /** The name of the public function that reads. */
  readonly op: string;
  /** The path as given, or the name of bytes; '' if they have none. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Creates the error of a file with unexpected content. `message` says what is wrong. */
export const badFile = ({ op, name }: Pick<Content, 'op' | 'name'>, message: string): Error =>
  rangeError(op, name === '' ? message : `${name}: ${message}`);
