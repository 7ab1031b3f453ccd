/** Runs of a function that only find out something, such as the shape of its result. */
import { withoutKeyWatch } from './hooks.ts';
import { eager, withInterpreter } from './interpreter.ts';

/** Runs `f` op by op without the debugging modes: its numbers and its keys do not matter. */
export const withoutDebugging = <T>(f: () => T): T => withoutKeyWatch(() => withInterpreter(() => eager, f));
