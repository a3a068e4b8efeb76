import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryPath } from './repository.ts';

/** Addresses of the threads that the cases of `test/incidents` come from. */
export function incidentSources(): readonly string[] {
  const folder = repositoryPath('test/incidents');
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('incident.json'))
    .flatMap((name) => {
      const { source } = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as { source?: unknown }; // our own file
      return typeof source === 'string' ? [source.replace(/[#?].*$/, '').replace(/\/$/, '')] : [];
    });
}
