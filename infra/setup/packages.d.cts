import type { Environment } from './tools.cjs';

/** The first difference between the lockfile and what is installed, in words; undefined when in step. */
export declare function whyOutOfStep(root: string, options: { readonly withDev: boolean }): string | undefined;
export declare function wantsDevPackages(env: Environment): boolean;
/** A Node that runs TypeScript as it is: the running one, or the pinned one among the packages. */
export declare function findNode(root: string, running?: string): string | undefined;
/** Makes that Node the one that npm's scripts find; answers its path. */
export declare function putNodeInPath(root: string, running?: string): string | undefined;
export declare function runsTypeScript(version: string): boolean;
