/** The worker in which the network trains, so that the page never waits for it. */
import type { Command, Event } from './messages.ts';
import { Trainer } from './trainer.ts';

const trainer = new Trainer((event: Event) => postMessage(event));
addEventListener('message', ({ data }: MessageEvent<Command>) => void trainer.handle(data));
