import type { Environment } from './tools.cjs';

/** A Go toolchain that can build our tools, or why there is none. */
export declare function findGo(
  env?: Environment,
): { readonly path: string; readonly version: string; readonly why?: never } | { readonly why: string };
