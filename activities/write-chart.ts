import type { ChartInput, ChartResult } from '../workflows/domain/closing-data.ts';
import { putJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import type { EvidenceStore } from './ports.ts';

/** The final chart as evidence, so that it outlives the server's retention. */
export function createWriteChart(ports: { readonly evidence: EvidenceStore }) {
  return async function writeChart(input: ChartInput): Promise<ChartResult> {
    try {
      return { chart: await putJson(ports.evidence, 'chart', input.key.cluster, input.chart) };
    } catch (error) {
      return rethrow(error);
    }
  };
}
