/** The worker that trains the network, so that the page stays responsive. */
import { useThreads } from '@mini/autograd/threads';
import type { Command, Event } from './messages.ts';
import { Trainer } from './trainer.ts';

useThreads();
const trainer = new Trainer((event: Event) => postMessage(event));
addEventListener('message', ({ data }: MessageEvent<Command>) => void trainer.handle(data));
