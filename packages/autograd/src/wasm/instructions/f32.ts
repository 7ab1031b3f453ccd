/** Instructions on single float32 numbers. */
import { type Load, loading } from './encoding.ts';

export const load: Load = /* @__PURE__ */ loading(0x2a);
