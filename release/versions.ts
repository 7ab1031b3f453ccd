/** The versions of programs that more than one release check downloads, as npm has them. */

export const BUN = 'bun@1.4.5';
export const DENO = 'deno@2.9.6';
