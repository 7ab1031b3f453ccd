/** All elementary functions. */
export * from './error-functions.ts';
export * from './exponentials.ts';
export * from './hyperbolic.ts';
export * from './powers.ts';
export * from './remainders.ts';
export * from './trigonometric.ts';
