/** The programs of the gallery do what they show. */
import { expect, test } from 'vitest';
import { gradientNorms } from '../src/gallery/gradient-norms.ts';
import { oneCall } from '../src/gallery/one-call.ts';
import { pendulum } from '../src/gallery/pendulum.ts';
import { recurrent } from '../src/gallery/recurrent.ts';
import { vae } from '../src/gallery/vae.ts';

const numbersOf = ({ results }: ReturnType<typeof pendulum.run>): number[] =>
  results.map(([, value]) => Number.parseFloat(value));

test.each([0, 1, 2])('wrong labels have larger gradients (seed %i)', (seed) => {
  const [right, wrong] = numbersOf(gradientNorms.run(seed, 200));
  expect(wrong).toBeGreaterThan(1.8 * right);
});
test.each([0, 1, 2])('the pendulum is found (seed %i)', (seed) => {
  const [length, damping] = numbersOf(pendulum.run(seed, 300));
  expect(Math.abs(length - 1.3)).toBeLessThan(0.05);
  expect(Math.abs(damping - 0.25)).toBeLessThan(0.05);
});
test.each([0, 1, 2])('the recurrent network predicts the wave (seed %i)', (seed) => {
  const [, last] = numbersOf(recurrent.run(seed, 300));
  expect(last).toBeLessThan(0.02);
});
test('one call trains the network', () => {
  const [first, last] = numbersOf(oneCall.run(0, 300));
  expect(first).toBeGreaterThan(30);
  expect(last).toBeLessThan(0.1);
});
test('the autoencoder copies digits', () => {
  const [first, last, error] = numbersOf(vae.run(0, 120));
  expect(last).toBeLessThan(first / 2);
  expect(error).toBeLessThan(0.06);
});
test('the same seed gives the same numbers', () => {
  expect(pendulum.run(3, 50)).toEqual(pendulum.run(3, 50));
});
