/** The elementary functions by name, for programs that translate scalar rules. */
import * as coefficients from './error-coefficients.ts';
import type { ElementaryFunction } from './function.ts';
import * as elementary from './index.ts';
import * as slopes from './slopes.ts';

/** All elementary functions that scalar rules use, by name. */
export const elementaryFunctions: Readonly<Record<string, ElementaryFunction>> = {
  ...elementary,
  ...slopes,
};

/** The coefficients of the polynomials that approximate the error functions. */
export const errorCoefficients: Readonly<
  Record<'erfSmall' | 'erfLarge' | 'erfc' | 'inverseCentral' | 'inverseTail', readonly number[]>
> = {
  erfSmall: coefficients.ERF_SMALL,
  erfLarge: coefficients.ERF_LARGE,
  erfc: coefficients.ERFC_COEFFICIENTS,
  inverseCentral: coefficients.INVERSE_CENTRAL,
  inverseTail: coefficients.INVERSE_TAIL,
};
