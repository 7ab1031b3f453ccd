/** Counts the phases of a workload. */
import { phasesOf } from '../../packages/autograd/src/compiler/phases.ts';
import { type Runnable, threading } from '../../packages/autograd/src/runtime/threading.ts';
import type { Workload } from './workloads.ts';

/** Runs `work` once. Returns the number of phases with several parts that `count` threads share. */
export const countPhases = (work: Workload, count: number): number => {
  const before = threading.runner;
  const programs: Runnable[] = [];
  threading.runner = {
    run(program) {
      programs.push(program);
      return false;
    },
    runLoop: () => false,
    startIfWanted: () => undefined,
  };
  work.run();
  threading.runner = before;
  return programs
    .flatMap(({ compiled: { kernels, plan } }) => phasesOf(kernels, plan, count))
    .filter(({ parts }) => parts.length > 1).length;
};
