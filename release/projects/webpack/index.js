/** Trains, and compares one thread with two. */
import { compareThreads } from './threads.js';
import { train } from './train.js';

console.log(train());
console.log(compareThreads());
