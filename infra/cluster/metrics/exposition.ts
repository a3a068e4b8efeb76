import type { Timeline } from '../physics/timeline.ts';
import { scrapeAt, type Labels, type Metric } from './metric.ts';

/** Prometheus' text format 0.0.4, the values of the latest scrape. */
export function exposition(metrics: readonly Metric[], timeline: Timeline, nowMs: number): string {
  const at = scrapeAt(nowMs);
  let text = '';
  for (const metric of metrics) {
    text += `# HELP ${metric.name} ${metric.help}\n# TYPE ${metric.name} ${metric.type}\n`;
    for (const series of metric.series(timeline)) {
      const value = series.at(at);
      if (value !== undefined) text += `${metric.name}${labelText(series.labels)} ${value}\n`;
    }
  }
  return text;
}

const texts = new WeakMap<Labels, string>();

function labelText(labels: Labels): string {
  let text = texts.get(labels);
  if (text === undefined) {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
    text = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
    texts.set(labels, text);
  }
  return text;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
