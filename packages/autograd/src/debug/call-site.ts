/** Finds the line of the user's code that is running, for messages of the debugging modes. */

interface Frame {
  readonly name: string;
  readonly location: string;
}

/**
 * A line of a stack. V8 writes `at name (location)` or `at location`; others write `name@location`.
 */
const FRAME = /^\s*at (?:(.+?) \()?((?:\w+:\/\/|\/|[A-Za-z]:[\\/]).+?:\d+:\d+)\)?$|^(.*?)@(.+:\d+:\d+)$/;
const MAX_FRAMES = 60;

const captureFrames = (): Frame[] => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = MAX_FRAMES;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;
  return stack.split('\n').flatMap((line) => {
    const [, name, location, otherName, otherLocation] = FRAME.exec(line) ?? [];
    const found = location ?? otherLocation;
    return found === undefined ? [] : [{ name: name ?? otherName ?? '', location: found }];
  });
};

const folderOf = (location: string): string => location.slice(0, location.lastIndexOf('/') + 1);
/**
 * The folder of this library's files.
 *
 * A bundle is in the folder of the user's code: the two cannot be distinguished there.
 */
const LIBRARY = folderOf(captureFrames()[0]?.location ?? '').replace(/debug\/$/, '');

/** Its folder and, in a clone of the repository, those of the packages beside it. */
const LIBRARIES = ['autograd', 'data', 'export', 'nn', 'plot'].map((name) =>
  LIBRARY.replace(/autograd\/src\/$/, `${name}/src/`),
);

/** Packages and the engine, which are not the user's code. */
const FOREIGN = /^node:|[\\/]node_modules[\\/]/;
const MAX_SHOWN = 2;

/**
 * Returns the innermost calls outside of this library, or '' if they cannot be distinguished.
 *
 * For example: `loss (file.ts:3:12), called from main (file.ts:20:5)`.
 */
export const callSite = (): string =>
  captureFrames()
    .filter(({ location }) => !LIBRARIES.some((folder) => location.startsWith(folder)))
    .filter(({ location }) => !FOREIGN.test(location))
    .slice(0, MAX_SHOWN)
    .map(({ name, location }) => {
      const path = location.replace(/^file:\/\//, '');
      return name === '' ? path : `${name} (${path})`;
    })
    .join(', called from ');
