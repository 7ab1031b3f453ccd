/** docs/FROM_JAX.md has to name every public function. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentedEntries, publicPackages, root } from '../../release/packages.ts';

/** The names of what a module exports; those of a namespace in it start with its name. */
const namesIn = (module: object, prefix: string = ''): string[] =>
  Object.entries(module).flatMap(([name, value]) =>
    Object.prototype.toString.call(value) === '[object Module]'
      ? namesIn(value as object, `${name}.`)
      : [prefix + name],
  );

const modules = await Promise.all(
  documentedEntries.map(async (entry) => (await import(join(root, entry))) as object),
);
const exported = modules.flatMap((module) => namesIn(module));

test('docs/FROM_JAX.md lists all functions', () => {
  const text = readFileSync(join(root, 'docs', 'FROM_JAX.md'), 'utf8');
  const [, list = ''] = text.split('## All functions');
  expect(exported.length).toBeGreaterThan(300);
  expect(exported.filter((name) => !list.includes(`\`${name}\``))).toEqual([]);
});

test('every public function has an example', () => {
  const files = publicPackages.flatMap(({ folder }) =>
    readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, 'src', name)),
  );
  // Public functions are declared with `function`, others as arrow functions. Of overloads, the
  // first has the docstring.
  const declaration = /(\/\*\*(?:(?!\*\/)[^])*\*\/\n)?export (?:async )?function\*? (\w+)/g;
  const hasExample = new Map<string, boolean>();
  for (const file of files)
    for (const [, docstring = '', name] of readFileSync(join(root, file), 'utf8').matchAll(declaration)) {
      const key = `${file}: ${name}`;
      hasExample.set(key, hasExample.get(key) === true || docstring.includes('@example'));
    }
  expect(hasExample.size).toBeGreaterThan(300);
  expect([...hasExample].filter(([, has]) => !has)).toEqual([]);
});
