/** The worker that trains the network, so that the page stays responsive. */
import { useThreads } from '@mini/autograd/threads';
import type { Command, Event, ThreadsCommand } from './messages.ts';
import { Trainer } from './trainer.ts';

const trainer = new Trainer((event: Event) => postMessage(event));
addEventListener('message', ({ data }: MessageEvent<Command | ThreadsCommand>) => {
  if (data.kind === 'threads') useThreads(data.count);
  else void trainer.handle(data);
});
