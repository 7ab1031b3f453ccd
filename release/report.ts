/** Prints the results of the release checks, and counts those that failed. */

let failures = 0;

/** Runs one check and prints the last line of its result. Returns the result if it passed. */
export const check = async (name: string, f: () => string | Promise<string>): Promise<string | undefined> => {
  try {
    const result = await f();
    const shown = result.trim().split('\n').at(-1) ?? '';
    console.log(`ok      ${name}${shown === '' ? '' : `: ${shown}`}`);
    return result;
  } catch (error) {
    failures++;
    console.log(`failed  ${name}\n${(error as Error).message.replace(/^/gm, '        ')}`);
    return undefined;
  }
};

/** Prints that a check was not made, and why. */
export const skip = (name: string, reason: string): void => console.log(`skipped ${name}: ${reason}`);

/** Prints whether all checks passed, and sets the exit code. */
export const conclude = (): void => {
  console.log(failures === 0 ? 'all checks passed' : `${failures} checks failed`);
  process.exitCode = failures === 0 ? 0 : 1;
};

/** Throws an Error with both texts if they differ. */
export const expectSame = (printed: string, expected: string): void => {
  if (printed !== expected) throw new Error(`expected\n${expected}got\n${printed}`);
};
