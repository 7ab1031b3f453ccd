/** The linter's rules about imports are those of the table in ARCHITECTURE.md. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { root } from '../../release/packages.ts';

const source = 'packages/autograd/src';

/** For each folder, the folders that it may import from. */
const readTable = (): Map<string, readonly string[]> => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const rows = text.matchAll(/^\| `(\w+)\/` \|.*\| ([^|]+) \|$/gm);
  return new Map(
    Array.from(rows, ([, folder, names]) => [folder, names === 'nothing' ? [] : names.split(', ')]),
  );
};

/** Lints a copy of the folders with a file for each import, and returns those that are refused. */
const refusedImports = async (folders: readonly string[]): Promise<string[]> => {
  const directory = mkdtempSync(join(tmpdir(), 'mini-layers-'));
  try {
    const { overrides } = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8')) as {
      readonly overrides: unknown;
    };
    writeFileSync(join(directory, '.oxlintrc.json'), JSON.stringify({ overrides }));
    for (const folder of folders) {
      mkdirSync(join(directory, source, folder), { recursive: true });
      for (const other of folders)
        writeFileSync(
          join(directory, source, folder, `${other}.ts`),
          `import type { Thing } from '../${other}/thing.ts';\nexport type Other = Thing;\n`,
        );
    }
    const oxlint = join(root, 'node_modules/.bin/oxlint');
    const run = promisify(execFile)(oxlint, ['--format', 'json'], { cwd: directory });
    // The exit status is 1 if there is any finding.
    const { stdout } = await run.catch((error: { readonly stdout: string }) => error);
    const { diagnostics } = JSON.parse(stdout) as {
      readonly diagnostics: readonly { readonly filename: string; readonly code: string }[];
    };
    return diagnostics
      .filter(({ code }) => code.includes('no-restricted-imports'))
      .map(({ filename }) => filename.replace(`${source}/`, ''));
  } finally {
    rmSync(directory, { recursive: true });
  }
};

test('a folder imports only what its row in ARCHITECTURE.md names', async () => {
  const table = readTable();
  const folders = readdirSync(join(root, source), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect([...table.keys()].toSorted()).toEqual(folders.toSorted());
  const forbidden = folders.flatMap((folder) =>
    folders
      .filter((other) => other !== folder && !table.get(folder)?.includes(other))
      .map((other) => `${folder}/${other}.ts`),
  );
  expect((await refusedImports(folders)).toSorted()).toEqual(forbidden.toSorted());
});
