import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/** Processes of one node that were bound to the same cores, where each should have its own. */
export const sharedCores: SequenceDetector<Shared> = {
  id: 'shared-cores',
  kinds: [
    {
      id: 'cpu.cores.given-twice',
      summary: 'two processes of a node were bound to the same cores, of which each should have its own',
      role: 'cause',
      weighs: { 'cpu-affinity-misconfig': 4.6, 'framework-bug': 0.8, 'launcher-rank-misconfig': 0.8 },
      source: 'https://github.com/open-mpi/ompi/issues/6288',
    },
  ],
  listens: ['cpu.cores.of-process'],
  follow() {
    const owners = new Map<string, string>();
    const bound = new Set<string>();
    const sets = new Set<string>();
    let twice: LinePlace | null = null;
    let ofServer = false;
    return {
      note(line) {
        const found = bindingOf(line.text);
        if (found === null) return;
        ofServer ||= found.ofServer;
        sets.add(found.cores);
        // A task that is bound once more is of another launch.
        const task = `${found.node} ${found.task}`;
        if (bound.has(task)) {
          owners.clear();
          bound.clear();
        }
        if (bound.size < ownersMax) bound.add(task);
        const key = `${found.node} ${found.cores}`;
        const owner = owners.get(key);
        if (owner !== undefined && owner !== found.task) twice ??= placeOfLine(line);
        else if (owners.size < ownersMax) owners.set(key, found.task);
      },
      // A server that shares out no cores gives all of them to each of its processes.
      summary: () => (twice === null || (ofServer && sets.size < 2) ? null : { twice }),
    };
  },
  conclude(sources) {
    const found = sources.map(({ summary }) => summary.twice)[0];
    return found === undefined ? [] : [sequenceFinding('cpu.cores.given-twice', 'cause', found)];
  },
};

interface Shared {
  readonly twice: LinePlace;
}

interface Binding {
  readonly node: string;
  readonly task: string;
  readonly cores: string;
  /** Of an inference server, which binds its processes itself. */
  readonly ofServer: boolean;
}

const ownersMax = 4_096;

const mpi =
  /\[([\w.-]{1,80}):\d{1,9}\] (?:MCW )?[Rr]ank (\d{1,6}) bound to (\S{1,20} \d{1,3}\[core \d{1,4}|package\S{1,30})/;
const slurm =
  /cpu-bind=MASK - ([\w.-]{1,63}), task {1,4}(\d{1,6}) {1,4}\d{1,6} \[\d{1,9}\]: mask (0x[0-9a-f]{1,300}) set/i;
const server = /Process \d{1,9} gpu_id (\d{1,3}) is running on CPUs: \[([\d, ]{1,4000})\]/;

function bindingOf(text: string): Binding | null {
  const [, node, task, cores] = mpi.exec(text) ?? slurm.exec(text) ?? [];
  if (node !== undefined && task !== undefined && cores !== undefined) return { node, task, cores, ofServer: false };
  const [, gpu, list] = server.exec(text) ?? [];
  return gpu === undefined || list === undefined ? null : { node: '', task: gpu, cores: list, ofServer: true };
}
