import { printed, type ProbeCases } from '../probe-case.ts';

const iptables = 'iptables 1.8.7 (-S), with the chains of Docker, Kubernetes and fail2ban as they make them';
const rules = (...lines: readonly string[]) => printed(`${lines.join('\n')}\n`);
const accept = ['-P INPUT ACCEPT', '-P FORWARD ACCEPT', '-P OUTPUT ACCEPT'];

export const netFirewallCases: ProbeCases = {
  faulty: [
    {
      name: 'a rule drops a rendezvous',
      source: iptables,
      output: rules(...accept, '-A INPUT -p tcp -m tcp --dport 29500 -j DROP'),
      means: ['net.firewall.drops'],
    },
    {
      name: 'a range of high ports is rejected',
      source: iptables,
      output: rules(
        ...accept,
        '-A INPUT -s 10.20.0.0/16 -p tcp -m tcp --dport 1024:65535 -j REJECT --reject-with icmp-port-unreachable',
      ),
      means: ['net.firewall.drops'],
    },
    {
      name: 'ufw lets in what it knows only',
      source: 'https://wiki.ubuntu.com/UncomplicatedFirewall (iptables -S after ufw enable)',
      output: rules(
        '-P INPUT DROP',
        '-P FORWARD DROP',
        '-P OUTPUT ACCEPT',
        '-N ufw-user-input',
        '-A INPUT -j ufw-user-input',
        '-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT',
      ),
      means: ['net.firewall.policy-drops'],
    },
    {
      name: 'Red Hat’s last rule',
      source:
        'https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/6 (-A INPUT -j REJECT --reject-with icmp-host-prohibited)',
      output: rules(
        ...accept,
        '-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT',
        '-A INPUT -p icmp -j ACCEPT',
        '-A INPUT -i lo -j ACCEPT',
        '-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT',
        '-A INPUT -j REJECT --reject-with icmp-host-prohibited',
      ),
      means: ['net.firewall.drops'],
    },
  ],
  healthy: [
    { name: 'nothing', source: iptables, output: rules(...accept), means: ['net.firewall.open'] },
    {
      name: 'only the nodes themselves are let in',
      source: iptables,
      output: rules(
        '-P INPUT DROP',
        '-P FORWARD DROP',
        '-P OUTPUT ACCEPT',
        '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        '-A INPUT -s 10.20.0.0/16 -j ACCEPT',
      ),
      means: ['net.firewall.peers-let-in', 'net.firewall.open'],
    },
    {
      name: 'Docker, Kubernetes and fail2ban',
      source: iptables,
      output: rules(
        '# Warning: iptables-legacy tables present, use iptables-legacy to see them',
        '-P INPUT ACCEPT',
        '-P FORWARD DROP',
        '-P OUTPUT ACCEPT',
        '-N DOCKER-ISOLATION-STAGE-2',
        '-N KUBE-FIREWALL',
        '-N f2b-sshd',
        '-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd',
        '-A INPUT -j KUBE-FIREWALL',
        '-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP',
        '-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
        '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
        '-A f2b-sshd -s 203.0.113.9/32 -j REJECT --reject-with icmp-port-unreachable',
      ),
      means: ['net.firewall.open'],
    },
    {
      name: 'ports of services',
      source: iptables,
      output: rules(
        ...accept,
        '-A INPUT -p tcp -m multiport --dports 25,111 -j DROP',
        '-A INPUT -m conntrack --ctstate INVALID -j DROP',
      ),
      means: ['net.firewall.drops-services', 'net.firewall.open'],
    },
  ],
  garbage: [
    printed(
      '',
      4,
      'iptables v1.8.7 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)',
    ),
    printed('', 1, 'sudo: a password is required'),
    printed('Welcome to node-01\n'),
  ],
};

const nft = 'https://wiki.nftables.org/wiki-nftables/index.php/Simple_ruleset_for_a_server, nftables 1.0.2';
const table = (policy: string, ...inner: readonly string[]) =>
  printed(`table inet filter {
\tchain input {
\t\ttype filter hook input priority filter; policy ${policy};
\t\tct state established,related accept
\t\tct state invalid drop
\t\tiifname "lo" accept
${inner.map((rule) => `\t\t${rule}\n`).join('')}\t}

\tchain forward {
\t\ttype filter hook forward priority filter; policy drop;
\t}

\tchain output {
\t\ttype filter hook output priority filter; policy accept;
\t}
}
`);

export const netFirewallNftCases: ProbeCases = {
  faulty: [
    {
      name: 'a rule drops a rendezvous',
      source: nft,
      output: table('accept', 'tcp dport 29500 drop'),
      means: ['net.firewall.drops'],
    },
    {
      name: 'a range is rejected',
      source: nft,
      output: table(
        'accept',
        'ip saddr 10.20.0.0/16 tcp dport 1024-65535 counter packets 0 bytes 0 reject with tcp reset',
      ),
      means: ['net.firewall.drops'],
    },
    {
      name: 'closed but for SSH',
      source: nft,
      output: table('drop', 'tcp dport 22 accept'),
      means: ['net.firewall.policy-drops'],
    },
  ],
  healthy: [
    { name: 'no rules', source: nft, output: printed(''), means: ['net.firewall.open'] },
    { name: 'open', source: nft, output: table('accept'), means: ['net.firewall.open'] },
    {
      name: 'ports of services, and sets',
      source: nft,
      output: printed(`table ip filter {
\tset bad {
\t\ttype ipv4_addr
\t\telements = { 203.0.113.9,
\t\t\t     203.0.113.10 }
\t}

\tchain INPUT {
\t\ttype filter hook input priority filter; policy accept;
\t\ttcp dport { 25, 111 } drop
\t\tlog prefix "would drop " accept
\t}

\tchain DOCKER-ISOLATION-STAGE-2 {
\t\toifname "docker0" counter packets 0 bytes 0 drop
\t}
}
`),
      means: ['net.firewall.drops-services', 'net.firewall.open'],
    },
  ],
  garbage: [
    printed(
      '',
      1,
      'Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted',
    ),
    printed('Welcome to node-01\n'),
    printed('table inet filter {\n\tchain input {\n'),
  ],
};
