/** A program that closes its live plot and goes on. */
import { livePlot } from '../src/live/live-plot.ts';

const live = await livePlot();
live.push({ loss: 1 });
await live.close();
console.log('closed');
