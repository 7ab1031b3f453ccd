/** Where in the user's code something happens: for messages of the debugging modes. */

interface Frame {
  readonly name: string;
  readonly place: string;
}

/** A line of a stack: V8 writes `at name (place)` or `at place`, others `name@place`. */
const FRAME = /^\s*at (?:(.+?) \()?((?:\w+:\/\/|\/|[A-Za-z]:[\\/]).+?:\d+:\d+)\)?$|^(.*?)@(.+:\d+:\d+)$/;
const DEPTH = 60;

const framesNow = (): Frame[] => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;
  return stack.split('\n').flatMap((line) => {
    const [, name, place, otherName, otherPlace] = FRAME.exec(line) ?? [];
    const found = place ?? otherPlace;
    return found === undefined ? [] : [{ name: name ?? otherName ?? '', place: found }];
  });
};

const folderOf = (place: string): string => place.slice(0, place.lastIndexOf('/') + 1);
/** The folder of this library's files. In a bundle it is that of the user's code as well, and nothing can be told apart. */
const LIBRARY = folderOf(framesNow()[0]?.place ?? '').replace(/debug\/$/, '');

/** Packages and the engine: not the user's code. */
const FOREIGN = /^node:|[\\/]node_modules[\\/]/;
const SHOWN = 2;

/** The innermost calls outside of this library, such as `loss (file.ts:3:12), called from main (file.ts:20:5)`; '' if they cannot be told. */
export const callSite = (): string =>
  framesNow()
    .filter(({ place }) => LIBRARY !== '' && !place.startsWith(LIBRARY) && !FOREIGN.test(place))
    .slice(0, SHOWN)
    .map(({ name, place }) => {
      const path = place.replace(/^file:\/\//, '');
      return name === '' ? path : `${name} (${path})`;
    })
    .join(', called from ');
