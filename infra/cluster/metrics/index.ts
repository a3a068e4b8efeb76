import { dcgmMetrics } from './dcgm.ts';
import type { Metric } from './metric.ts';
import { nodeMetrics } from './node-exporter.ts';
import { trainingMetrics } from './training.ts';

/** All metrics of the cluster. */
export const metrics: readonly Metric[] = [...trainingMetrics, ...dcgmMetrics, ...nodeMetrics];
