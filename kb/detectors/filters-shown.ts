import { lineDetector } from './line-patterns.ts';

/** Tools that show a filter at work on the host. Somebody asked for them because peers did not reach each other. */
export const filtersShown = lineDetector('filters-shown', [
  {
    id: 'firewall.shown.active',
    summary: 'a packet filter of the host is shown to be on and to refuse what no rule allows',
    role: 'cause',
    weighs: { 'firewall-blocked': 2.6 },
    source: 'https://manpages.ubuntu.com/manpages/jammy/man8/ufw.8.html',
    literals: [
      'status: active',
      'default: deny',
      'default: reject',
      'chain input (policy',
      'reject-with',
      'hook input',
    ],
    pattern:
      /^\s{0,8}Status: active\s{0,8}$|^\s{0,8}Default: (?:deny|reject) \(incoming\)|\bChain INPUT \(policy (?:DROP|REJECT)\b|^\s{0,8}(?:\d{1,9}[KMG]?\s{1,8}){0,2}REJECT {1,10}(?:all|0|tcp)\b[^\n]{0,120}\breject-with icmp-(?:host|admin|port)-prohibited|\bhook input priority [^;\n]{1,20}; policy drop\b/,
    sees: [
      'Status: active',
      'Default: deny (incoming), allow (outgoing), disabled (routed)',
      'Chain INPUT (policy DROP 12 packets, 720 bytes)',
      'REJECT     all  --  anywhere             anywhere             reject-with icmp-host-prohibited',
      '		type filter hook input priority filter; policy drop;',
    ],
    ignores: [
      'Status: inactive',
      'Chain INPUT (policy ACCEPT)',
      'Chain FORWARD (policy DROP)',
      '   Active: active (running) since Mon 2024-01-01 10:00:00 UTC; 3h ago',
      'Default: allow (incoming), allow (outgoing), disabled (routed)',
    ],
  },
  {
    id: 'firewall.shown.rule',
    summary: 'rules of a packet filter are listed',
    role: 'context',
    weighs: { 'firewall-blocked': 0.4 },
    source: 'https://cloud.google.com/sdk/gcloud/reference/compute/firewall-rules/list',
    literals: ['allow', 'deny', 'reject', 'limit', 'tcp:', 'ingress'],
    pattern:
      /^\s{0,8}(?:\[ ?\d{1,3}\] )?(?:\d{1,5}(?:[:,]\d{1,5}){0,8}(?:\/(?:tcp|udp))?|Anywhere|OpenSSH|[\d.]{7,15}(?:\/\d{1,2})?)(?: \(v6\))? {2,40}(?:ALLOW|DENY|REJECT|LIMIT)(?: IN| OUT| FWD)?\s|\bINGRESS {1,20}\d{1,6} {1,20}(?:tcp|udp|icmp|all)\b|^\s{0,8}tcp: ?\d{1,5}(?:, ?(?:tcp:)?\d{1,5}){1,30}\s{0,4}$/,
    sees: [
      '22/tcp                     ALLOW       Anywhere                  ',
      '[ 1] 443                        ALLOW IN    Anywhere',
      'default-allow-ssh    default  INGRESS    65534     tcp:22                                  False',
      'tcp: 8470, 8471, 8474, 8476, 11211',
    ],
    ignores: ['ALLOW_LIST = [22, 443]', 'Access-Control-Allow-Origin: *', 'tcp: 8470', 'listening on tcp://0.0.0.0:22'],
  },
]);
