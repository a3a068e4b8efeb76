import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, inStretches } from './rhythms.ts';

/**
 * sshd looks up the name of its client before it says a word (UseDNS), and the first two name servers do not answer: five
 * seconds and two attempts each (resolv.conf(5)), some of them for PAM again.
 */
export const toolSshSlow = defineFault({
  id: 'tool-ssh-slow',
  kind: 'tool',
  summary: 'the SSH server of one node lets its clients wait before it speaks; all else is well',
  categories: [],
  place: 'node',
  onsets: [atOnce, inStretches],
  ranges: { seconds: { min: 5, max: 60, unit: 's' } },
  heals: 'a name server that answers, or UseDNS no; a reboot asks the same name server',
  causes: ({ place }, { seconds }) => [setFact('ssh.banner-seconds', place, seconds)],
});
