import { compareThreads } from './threads.js';
import { train } from './train.js';

test('a network learns', () => {
  expect(train()).toBe('trained: 0 1 1 0');
});
test('two threads give the bits of one', () => {
  expect(compareThreads()).toBe('threads: 2, the same bits: true');
});
