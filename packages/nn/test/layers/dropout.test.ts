/** `Dropout` with debugging modes. */
import { expect, test } from 'vitest';
import { debugKeys, random, tensor } from '@mini/autograd';
import { Dropout } from '../../src/index.ts';

test('debugging modes name the line of the user, not one of a layer', () => {
  debugKeys(true);
  try {
    const key = random.key(1);
    const train = () => Dropout(0.5).train({}, tensor([1, 2]), { key });
    train();
    expect(train).toThrow(
      /used by Dropout, at train \(.*dropout\.test\.ts.*split it, at train \(.*dropout\.test\.ts/,
    );
  } finally {
    debugKeys(false);
  }
});
