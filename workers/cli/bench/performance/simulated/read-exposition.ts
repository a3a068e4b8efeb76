/** One sample of a Prometheus text exposition. */
export interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Name and labels as they stood: the same series has the same key at every scrape. */
  readonly key: string;
  readonly value: number;
}

const linesMax = 1_000_000;

/**
 * Samples of a text exposition; comments and lines of another form are left out. Label sets that were seen before are
 * not read again.
 *
 * Format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format, such as
 * `DCGM_FI_DEV_SM_CLOCK{gpu="0",Hostname="node-01"} 1410`.
 */
export function expositionReader(): (exposition: string) => readonly ExposedSample[] {
  const known = new Map<string, Pick<ExposedSample, 'name' | 'labels'>>();
  return (exposition) => {
    const samples: ExposedSample[] = [];
    for (const line of exposition.split('\n', linesMax)) {
      if (line === '' || line.startsWith('#')) continue;
      // Labels may hold a blank or a brace, so the value is looked for from the end of them.
      const ends = line.lastIndexOf('}') + 1 || line.indexOf(' ');
      const key = line.slice(0, ends);
      const [text = ''] = line.slice(ends).trim().split(' ', 1);
      const series = known.get(key) ?? seriesOf(key);
      const value = numberOf(text);
      if (series === null || value === null) continue;
      known.set(key, series);
      samples.push({ ...series, key, value });
    }
    return samples;
  };
}

function seriesOf(key: string): Pick<ExposedSample, 'name' | 'labels'> | null {
  const parts = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?$/.exec(key);
  if (parts?.[1] === undefined) return null;
  const labels = (parts[2] ?? '').matchAll(/([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g);
  return {
    name: parts[1],
    labels: Object.fromEntries([...labels].map(([, name = '', value = '']) => [name, unescaped(value)])),
  };
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

function numberOf(text: string): number | null {
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  const value = Number(text);
  return text === '' || (Number.isNaN(value) && text !== 'NaN') ? null : value;
}
