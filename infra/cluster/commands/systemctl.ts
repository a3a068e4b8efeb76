import { complained, printed, type NodeCommand } from './command.ts';

const running = new Set([
  'nvidia-fabricmanager',
  'nvidia-persistenced',
  'nvidia-dcgm',
  'slurmd',
  'sshd',
  'chronyd',
  'opensmd',
  'munge',
]);

/** `systemctl is-active UNIT…`: exit 0 when at least one is active, otherwise 3. */
export const systemctl: NodeCommand = {
  name: 'systemctl',
  run(_context, args) {
    const [verb, ...units] = args;
    if (verb !== 'is-active') return complained('Access denied\n', 1);
    if (units.length === 0) return complained('Too few arguments.\n', 1);
    const states = units.map((unit) => (running.has(unit.replace(/\.service$/, '')) ? 'active' : 'inactive'));
    return printed(states.map((state) => `${state}\n`).join(''), states.includes('active') ? 0 : 3);
  },
};
