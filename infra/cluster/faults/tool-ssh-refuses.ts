import { integer } from '../noise.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, inStretches } from './rhythms.ts';

/** Closed by MaxStartups, reset by a firewall in between, or swallowed by an sshd that is stopped. */
const ways = ['closes', 'resets', 'silent'] as const;

/** The SSH server of a node turns everybody away; exporters, scheduler and job do not use it. */
export const toolSshRefuses = defineFault({
  id: 'tool-ssh-refuses',
  kind: 'tool',
  summary: 'nobody gets into one node over SSH any more; its job and its metrics go on',
  categories: [],
  place: 'node',
  onsets: [atOnce, inStretches],
  heals: 'a reboot, or a new start of sshd from the console',
  causes: ({ place }, _drawn, { seed }) => [
    setFact('ssh.state', place, ways[integer(seed, ways.length, 'ssh-refuses', place)] ?? 'closes'),
  ],
});
