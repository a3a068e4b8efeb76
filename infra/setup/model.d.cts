import type { Environment } from './tools.cjs';

/** Types of `model.cjs`, for the configuration and the doctor. */

export interface EmbeddingModelFile {
  readonly path: string;
  readonly origin: 'configured' | 'cache';
}

export declare const model: {
  readonly name: string;
  readonly title: string;
  /** Environment variable that names a file with the weights. */
  readonly variable: string;
  /** Environment variable with another address of the archive, or `off`. */
  readonly downloadVariable: string;
  readonly sha256: string;
  readonly bytes: number;
};
export declare function cachedModelPath(env?: Environment, platform?: NodeJS.Platform): string;
export declare function findModel(env?: Environment, platform?: NodeJS.Platform): EmbeddingModelFile | undefined;
export declare function obtainModel(options?: {
  readonly env?: Environment;
  readonly say?: (text: string) => void;
  readonly platform?: NodeJS.Platform;
}): Promise<string>;
