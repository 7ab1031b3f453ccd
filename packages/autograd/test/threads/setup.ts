/** Runs before each test file of `pnpm test:threads`: every compiled function is divided. */
import { jit, matmul, ones } from '../../src/index.ts';
import { setLeastPart } from '../../src/compiler/phases.ts';
import { useThreads } from '../../src/threads/index.ts';
import { pool } from '../../src/threads/pool.ts';

setLeastPart(0.1);
pool.settings = { ...pool.settings, leastTime: 0, leastTimeToWake: 0, isAdaptive: false };
useThreads(Number(process.env['MINI_THREADS'] ?? 3));
// Starts the workers, so that no test counts their memory.
jit(matmul)(ones([64, 64]), ones([64, 64]));
