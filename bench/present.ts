/** The library of this checkout. */
import * as autograd from '@mini/autograd';
import * as nn from '@mini/nn';
import { type Library, PRESENT } from './libraries.ts';

export const present: Library = { name: PRESENT, autograd, nn };
