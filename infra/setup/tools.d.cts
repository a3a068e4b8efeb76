/** Types of `tools.cjs`, for the embedded stack and the doctor. */

export type ToolName = 'temporal' | 'versitygw';

export interface ToolSpec {
  readonly name: ToolName;
  readonly title: string;
  /** Environment variable that names the binary to use. */
  readonly variable: string;
  readonly command: string;
  /** The version that set-up obtains. */
  readonly version: string;
  readonly accepted: string;
  readonly home: string;
}

export interface FoundTool {
  readonly path: string;
  readonly origin: 'configured' | 'path' | 'cache';
  readonly version: string;
}

export interface ToolSearch {
  readonly tool: FoundTool | undefined;
  /** Every place that was tried, in order, with what was there. */
  readonly lookedAt: readonly { readonly place: string; readonly found: string }[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

export declare const toolSpecs: Readonly<Record<ToolName, ToolSpec>>;
export declare function findTool(name: ToolName, env?: Environment, platform?: NodeJS.Platform): ToolSearch;
export declare function cacheDir(env?: Environment, platform?: NodeJS.Platform): string;
export declare function cachedPath(name: ToolName, env?: Environment, platform?: NodeJS.Platform): string;
export declare function whereInPath(command: string, env?: Environment, platform?: NodeJS.Platform): string | undefined;
