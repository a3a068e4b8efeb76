import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { handlers, selectHandler } from '../../../kb/handlers/index.ts';
import { jobMetrics, speedMetrics } from '../../../kb/handlers/metric-sets.ts';
import { metricDetectors } from '../../../kb/metrics/index.ts';
import { probes } from '../../../kb/probes/index.ts';
import { firstLooksMax } from '../../../kb/reasoning/wishes.ts';
import { repositoryPath } from '../../support/repository.ts';

describe('the choice of a handler', () => {
  it.each([
    ['TrainingStepTimeHigh', 'slow-training'],
    ['TrainingThroughputLow', 'slow-training'],
    ['JobHang', 'job-hang'],
    ['NCCLWatchdogTimeout', 'job-hang'],
    ['GPUXidError', 'gpu-hardware'],
    ['GpuThermalThrottle', 'gpu-hardware'],
    ['InfiniBandPortDown', 'network'],
    ['NodeFilesystemAlmostFull', 'storage'],
    ['TrainingJobStalled', 'job-hang'],
    ['TrainingNoProgress', 'job-hang'],
    ['PyTorchJobFailed', 'job-hang'],
    ['KubePodCrashLooping', 'job-hang'],
    ['HostOomKillDetected', 'host-memory'],
    ['HostOutOfMemory', 'host-memory'],
    ['NodeMemoryHighUtilization', 'host-memory'],
    ['KubeContainerOOMKilled', 'host-memory'],
    ['GpuMemoryUncorrectable', 'gpu-hardware'],
    ['RowRemapFailure', 'gpu-hardware'],
    ['NvidiaRowRemapFailure', 'gpu-hardware'],
    ['DCGM_XID_ERRORS', 'gpu-hardware'],
    ['XIDError', 'gpu-hardware'],
    ['XidErrors', 'gpu-hardware'],
    ['UncorrectableEccErrors', 'gpu-hardware'],
    ['LinkFlapping', 'network'],
    ['IBLinkDowned', 'network'],
    ['IbPortErrors', 'network'],
    ['ReportedByHand', 'any-alert'],
    ['ExporterDown', 'any-alert'],
    ['NodeNetworkInterfaceFlapping', 'network'],
    ['NodeFilesystemAlmostOutOfSpace', 'storage'],
    ['NodeFilesystemSpaceFillingUp', 'storage'],
    ['HostOutOfDiskSpace', 'storage'],
    ['KubePersistentVolumeFillingUp', 'storage'],
    ['SlurmNodeDrained', 'scheduling'],
    ['KubeNodeNotReady', 'scheduling'],
    ['MaintenanceStarted', 'scheduling'],
    ['SomethingElse', 'any-alert'],
  ])('takes an alert %s to %s', (alertname, id) => {
    expect(selectHandler({ alertname }).id).toBe(id);
  });

  it('takes an alert without a name to the last one', () => {
    expect(selectHandler({}).id).toBe('any-alert');
  });
});

describe.each(handlers.map((handler) => [handler.id, handler] as const))('handler %s', (_id, handler) => {
  it('asks for probes and metrics that exist', () => {
    const known = probes.map(({ id }) => id);
    expect(handler.firstProbes.filter((id) => !known.includes(id))).toEqual([]);
    const read = new Set(metricDetectors.flatMap(({ metrics }) => metrics));
    const judged = new Set<string>([...jobMetrics, ...speedMetrics]);
    expect(handler.metrics.filter((name) => !read.has(name) && !judged.has(name))).toEqual([]);
    expect([...read].filter((name) => !handler.metrics.includes(name))).toEqual([]);
  });

  it('looks at few things first, and puts load on none', () => {
    expect(handler.firstProbes.length).toBeLessThanOrEqual(firstLooksMax);
    const impacts = probes.filter(({ id }) => handler.firstProbes.includes(id)).map(({ impact }) => impact);
    expect(impacts).not.toContain('load');
  });

  it('looks back further than it waits', () => {
    expect(handler.window.beforeMs).toBeGreaterThan(handler.window.afterMs);
  });
});

it('only the last handler matches everything', () => {
  expect(handlers.filter(({ matches }) => Object.keys(matches).length === 0)).toEqual([handlers.at(-1)]);
  expect(new Set(handlers.map(({ id }) => id)).size).toBe(handlers.length);
});

it('nothing is gathered for the comparison of speeds that it does not read', () => {
  const folder = repositoryPath('kb/performance/detect');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const text = sources.map((file) => readFileSync(`${folder}/${file}`, 'utf8')).join('\n');
  expect([...jobMetrics, ...speedMetrics].filter((name) => !text.includes(`'${name}'`))).toEqual([]);
});
