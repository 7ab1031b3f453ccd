import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { cosineProblem, matmulProblem, mnistProblem } from '../problems.ts';
import { loadPythonPeers, type RemotePeer, startPeer } from '../python.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Peers to close after each test. */
const started: RemotePeer[] = [];
const start = async (command: string, args: readonly string[]): Promise<RemotePeer> => {
  const peer = await startPeer(command, args);
  started.push(peer);
  return peer;
};
afterEach(() => started.splice(0).forEach((peer) => peer.close()));

describe('a library in another process', () => {
  const fake = path('fixtures/library.mjs');
  test('has a name, measures its own time and returns results', async () => {
    const peer = await start(process.execPath, [fake]);
    expect([peer.name, peer.version]).toEqual(['counting library', '1.2.3']);
    const contender = await peer.matmul(matmulProblem(2, 2, 2));
    expect(contender.name).toBe('counting library');
    expect(await contender.time(5)).toBe(10);
    expect(await contender.time(2)).toBe(4);
    expect(await contender.result()).toBe(7);
  });
  test('can fail at one problem and continue with another', async () => {
    const peer = await start(process.execPath, [fake]);
    await expect(peer.cosine(cosineProblem(2))).rejects.toThrow('ValueError: no cosine here');
    expect(await (await peer.mnist(mnistProblem())).time(1)).toBe(2);
  });
  test('that has ended is an error, also for later requests', async () => {
    const peer = await start(process.execPath, [fake]);
    const problem = { ...cosineProblem(2), rate: -1 };
    await expect(peer.cosine(problem)).rejects.toThrow('its process ended');
    await expect(peer.cosine(problem)).rejects.toThrow('its process ended');
  });
  test('that breaks the protocol is an error', async () => {
    await expect(startPeer(process.execPath, [fake, 'nameless'])).rejects.toThrow('its answer has no name');
  });
});

test('a missing Python is reported in one line', async () => {
  const lines: string[] = [];
  expect(await loadPythonPeers('no-such-python', (line) => lines.push(line))).toEqual([]);
  expect(lines).toEqual([
    'skipped NumPy (no-such-python was not found), PyTorch (no-such-python was not found)',
  ]);
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!hasPython)('contender.py', () => {
  /** Runs contender.py with a library from the fixtures. */
  const run = (library: string): Promise<RemotePeer> => {
    const program = `import runpy, sys; sys.path.insert(0, ${JSON.stringify(path('fixtures'))}); sys.argv = ["contender.py", ${JSON.stringify(library)}]; runpy.run_path(${JSON.stringify(path('../python/contender.py'))}, run_name="__main__")`;
    return start('python3', ['-B', '-c', program]);
  };
  test('decodes arrays, counts runs and times them', async () => {
    const peer = await run('library');
    expect([peer.name, peer.version]).toEqual(['counting library', '1.2.3']);
    const problem = { ...matmulProblem(2, 2, 2), a: Float32Array.of(0.1, 2, -3, 1e10) };
    const contender = await peer.matmul(problem);
    const milliseconds = await contender.time(5);
    expect(milliseconds).toBeGreaterThan(0.5);
    expect(await contender.result()).toBe(problem.a.reduce((a, b) => a + b) + problem.m + 5);
  });
  test('reports errors of the library and continues', async () => {
    const peer = await run('library');
    await expect(peer.mnist(mnistProblem())).rejects.toThrow('RuntimeError: out of memory');
    await expect(peer.cosine(cosineProblem(2))).rejects.toThrow(
      "AttributeError: module 'library' has no attribute 'cosine'",
    );
    const contender = await peer.matmul(matmulProblem(1, 1, 1));
    expect(await contender.time(1)).toBeGreaterThan(0);
  });
  test('reports a missing library', async () => {
    await expect(run('no_such_library')).rejects.toThrow(
      "ModuleNotFoundError: No module named 'no_such_library'",
    );
  });
});
