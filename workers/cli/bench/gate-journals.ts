import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What the gate of a simulated node was asked to do, by its journal. */
export interface JournalEntry {
  readonly node: string;
  readonly token: string;
  readonly request: string;
  readonly begun: boolean;
  readonly ended: boolean;
}

export function gateJournals(stateDir: string): readonly JournalEntry[] {
  const nodes = path.join(stateDir, 'cluster', 'nodes');
  return namesIn(nodes).flatMap((node) => {
    const journal = path.join(nodes, node, 'gate', 'journal');
    return namesIn(journal).map((token) => {
      const file = (name: string) => path.join(journal, token, name);
      return {
        node,
        token,
        request: existsSync(file('request')) ? readFileSync(file('request'), 'utf8').trim() : '',
        begun: existsSync(file('begun')),
        ended: existsSync(file('exit')),
      };
    });
  });
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
