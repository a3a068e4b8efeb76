import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { quoteCommand } from '../../../../activities/adapters/ssh/quote.ts';
import { probeById } from '../../../../kb/probes/index.ts';
import type { Inventory } from '../../../../kb/schemas/inventory.ts';
import type { Environment } from '../../../config.ts';

/** Other tools that run commands on many nodes, as their documentation says they are used. */
export const peers = {
  'parallel-ssh': { package: 'parallel-ssh==2.16.0.post1', from: 'https://pypi.org/project/parallel-ssh/' },
  clush: { package: 'ClusterShell==1.10.1', from: 'https://pypi.org/project/ClusterShell/' },
} as const;
export type PeerName = keyof typeof peers;

/** A Python that has both: the one named, or a virtual environment made for this in `folder`; why there is none. */
export function pythonWithPeers(
  named: string | null,
  folder: string,
  env: Environment,
): { readonly python: string } | { readonly missing: string } {
  if (named !== null)
    return hasPeers(named, env) ? { python: named } : { missing: `${named} lacks parallel-ssh or ClusterShell` };
  if (hasPeers('python3', env)) return { python: 'python3' };
  const python = path.join(folder, 'bin', 'python');
  if (existsSync(python) && hasPeers(python, env)) return { python };
  mkdirSync(path.dirname(folder), { recursive: true });
  const made = spawnSync('python3', ['-m', 'venv', folder], { env, stdio: 'ignore', timeout: installMsMax });
  const packages = Object.values(peers).map((peer) => peer.package);
  const installed =
    made.status === 0 &&
    spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages], {
      env,
      stdio: 'ignore',
      timeout: installMsMax,
    }).status === 0;
  return installed && hasPeers(python, env)
    ? { python }
    : {
        missing: `install them: python3 -m venv v && v/bin/pip install ${packages.join(' ')}, then --python v/bin/python`,
      };
}

const installMsMax = 180_000;

function hasPeers(python: string, env: Environment): boolean {
  return spawnSync(python, ['-c', 'import ClusterShell, pssh'], { env, stdio: 'ignore', timeout: 20_000 }).status === 0;
}

export interface PeerJob {
  readonly inventory: Inventory;
  readonly nodes: readonly string[];
  readonly probes: readonly string[];
  readonly keyFile: string;
  readonly folder: string;
}

/** The arguments of Python for one fan-out, and the files that it reads; each probe is a command on all nodes. */
export function peerArguments(peer: PeerName, job: PeerJob): readonly string[] {
  const hosts = job.nodes.flatMap((name) => job.inventory.nodes.filter((node) => node.name === name));
  const commands = job.probes.map((id) => {
    const probe = probeById(id);
    if (probe === undefined) throw new Error(`there is no probe ${id}`);
    return quoteCommand(probe.argv(probe.args.parse({ node: hosts[0]?.name ?? '' })));
  });
  const file = path.join(job.folder, `${peer}.json`);
  const content = {
    commands,
    key: job.keyFile,
    known: writeSshFiles(hosts, job),
    hosts: hosts.map(({ name, ssh }) => ({ name, host: ssh.host, port: ssh.port, user: ssh.user })),
  };
  writeFileSync(file, JSON.stringify(content));
  return ['-c', scripts[peer], file];
}

/** OpenSSH's view of the same nodes: names, addresses, ports and host keys. Answers the configuration's path. */
function writeSshFiles(hosts: Inventory['nodes'], { folder, keyFile }: PeerJob): string {
  const known = path.join(folder, 'known_hosts');
  writeFileSync(known, hosts.flatMap(({ name, ssh }) => ssh.hostKeys.map((key) => `${name} ${key}\n`)).join(''));
  const config = path.join(folder, 'ssh_config');
  const common = [
    `IdentityFile ${keyFile}`,
    'IdentitiesOnly yes',
    'BatchMode yes',
    'StrictHostKeyChecking yes',
    `UserKnownHostsFile ${known}`,
    `ConnectTimeout ${connectSecondsMax}`,
  ];
  const block = ({ name, ssh }: Inventory['nodes'][number]) =>
    [
      `Host ${name}`,
      `HostName ${ssh.host}`,
      `Port ${ssh.port}`,
      `User ${ssh.user}`,
      `HostKeyAlias ${name}`,
      ...common,
    ].join('\n  ');
  writeFileSync(config, `${hosts.map(block).join('\n')}\n`);
  return config;
}

// As long as our own engine waits for a handshake.
const connectSecondsMax = 10;

const scripts: Readonly<Record<PeerName, string>> = {
  // Connections are kept between commands. Its own retries and time-outs are turned down to one try of ten seconds.
  'parallel-ssh': `
import json, sys, time
from pssh.clients import ParallelSSHClient
from pssh.config import HostConfig
job = json.load(open(sys.argv[1]))
hosts = job["hosts"]
configs = [HostConfig(user=h["user"], port=h["port"], private_key=job["key"], num_retries=1, timeout=${connectSecondsMax}) for h in hosts]
client = ParallelSSHClient([h["host"] for h in hosts], host_config=configs, pool_size=100, timeout=${connectSecondsMax}, num_retries=1)
started = time.monotonic()
read, living = 0, 0.0
for command in job["commands"]:
    for output in client.run_command(command, stop_on_errors=False):
        try:
            if output.exception is None and sum(len(line) for line in output.stdout) > 0:
                read += 1
                living = time.monotonic() - started
        except Exception:
            pass
asked = len(hosts) * len(job["commands"])
print(json.dumps({"read": read, "unread": asked - read, "seconds": time.monotonic() - started, "livingSeconds": living}))
`,
  // Its own event loop over OpenSSH's ssh, 64 at a time as it comes.
  clush: `
import json, sys, time
from ClusterShell.Task import task_self
from ClusterShell.Event import EventHandler
job = json.load(open(sys.argv[1]))
started = time.monotonic()
state = {"read": set(), "living": 0.0}
class Reads(EventHandler):
    def __init__(self, command):
        self.command = command
    def ev_hup(self, worker, node, rc):
        if rc == 0:
            state["read"].add((self.command, node))
            state["living"] = time.monotonic() - started
task = task_self()
task.set_info("ssh_options", "-F " + job["known"])
task.set_info("connect_timeout", ${connectSecondsMax})
task.set_info("fanout", 64)
nodes = ",".join(h["name"] for h in job["hosts"])
for command in job["commands"]:
    task.shell(command, nodes=nodes, handler=Reads(command), timeout=30)
    task.run()
asked = len(job["hosts"]) * len(job["commands"])
print(json.dumps({"read": len(state["read"]), "unread": asked - len(state["read"]), "seconds": time.monotonic() - started, "livingSeconds": state["living"]}))
`,
};
