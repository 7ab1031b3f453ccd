/** Instructions on blocks of memory. */
import { type Code, operation } from './encoding.ts';

/** Copies bytes. Source and target can overlap. */
export const copy: (target: Code, source: Code, bytes: Code) => Code = /* @__PURE__ */ operation(
  0xfc,
  0x0a,
  0,
  0,
);
