/** Checks that the pictures of AUTODIFF.md are those that `pnpm docs:pictures` would write. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pathOf, pictures } from '../pictures.ts';

test.each(Object.entries(pictures))('docs/images/%s is up to date', (name, text) => {
  expect(readFileSync(pathOf(name), 'utf8')).toBe(text);
});
