import { printed, type NodeCommand } from '../command.ts';

/** `sysctl NAME…` of procps-ng 3.3.17. */
export const sysctl: NodeCommand = {
  name: 'sysctl',
  run(_context, names) {
    const known = names.filter((name) => values[name] !== undefined);
    const missing = names.filter((name) => values[name] === undefined);
    const path = (name: string) => `/proc/sys/${name.replaceAll('.', '/')}`;
    return {
      ...printed(known.map((name) => `${name} = ${values[name]}\n`).join('')),
      stderr: missing.map((name) => `sysctl: cannot stat ${path(name)}: No such file or directory\n`).join(''),
      exitCode: missing.length > 0 ? 255 : 0,
    };
  },
};

const values: Readonly<Record<string, string>> = {
  'vm.max_map_count': '262144',
  'vm.swappiness': '10',
  'kernel.numa_balancing': '0',
  'kernel.pid_max': '4194304',
  'net.core.somaxconn': '4096',
  'net.ipv4.ip_local_port_range': '32768\t60999',
  'net.ipv4.conf.all.rp_filter': '2',
};
