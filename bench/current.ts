/** The library of this checkout. */
import type { Library } from './types.ts';
import * as autograd from '@mini/autograd';
import * as nn from '@mini/nn';
import { CURRENT } from './libraries.ts';

export const currentLibrary: Library = { name: CURRENT, autograd, nn };
