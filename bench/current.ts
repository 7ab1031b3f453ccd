/** The library of this checkout. */
import * as autograd from '@mini/autograd';
import * as nn from '@mini/nn';
import { CURRENT, type Library } from './libraries.ts';

export const currentLibrary: Library = { name: CURRENT, autograd, nn };
