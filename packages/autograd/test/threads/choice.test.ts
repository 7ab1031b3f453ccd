/** Whether a program runs on several threads is decided by timing it. */
import { expect, test } from 'vitest';
import { Choice } from '../../src/threads/choice.ts';

/** Returns how many of `runs` runs are on several threads. */
const countTogether = (choice: Choice, runs: number, together: number, alone: number): number => {
  let count = 0;
  for (let i = 0; i < runs; i++) {
    const isTogether = choice.next();
    if (isTogether) count++;
    choice.note(isTogether, isTogether ? together : alone);
  }
  return count;
};

test('the faster way is taken, apart from trials', () => {
  expect(countTogether(new Choice(), 1000, 0.6, 1)).toBeGreaterThan(950);
  expect(countTogether(new Choice(), 1000, 1.2, 1)).toBeLessThan(50);
});
test('a small gain is not worth a second thread', () => {
  expect(countTogether(new Choice(), 1000, 0.9, 1)).toBeLessThan(50);
});
test('it changes when the times change', () => {
  const choice = new Choice();
  countTogether(choice, 1000, 0.6, 1);
  countTogether(choice, 330, 2, 1);
  expect(countTogether(choice, 300, 2, 1)).toBeLessThan(20);
});
test('a single slow run does not decide', () => {
  const choice = new Choice();
  choice.note(choice.next(), 50);
  expect(countTogether(choice, 1000, 0.6, 1)).toBeGreaterThan(950);
});
