import { lineDetector } from './line-patterns.ts';

/** Variables for addresses of a node that came out empty. */
export const addressesTold = lineDetector('addresses-told', [
  {
    id: 'net.address.own-empty',
    summary: 'a launch script found no address of its own node, so programs choose an interface themselves',
    role: 'context',
    weighs: { 'socket-interface-mismatch': 2.4, 'rendezvous-resolution': 0.8, 'user-code-error': 0.6 },
    source: 'https://docs.vllm.ai/en/latest/usage/troubleshooting.html#incorrect-network-setup',
    literals: ['ip=', 'addr=', 'address=', 'ip: ', 'addr: ', 'address: ', 'ip:', 'addr:'],
    pattern:
      /(?:^|[\s,;'"[({])(?:MY|HOST|NODE|POD|LOCAL|WORKER|OWN|SELF|THIS|CURRENT|VLLM_HOST|SGLANG_HOST|RAY_NODE|CONTAINER)_?(?:NODE_?)?(?:IP|ADDR|IP_?ADDR(?:ESS)?)(?:=(?:''|""|None)?|: (?:''|""|None))(?:[\s,;)\]}]{0,4}$|[\s,;]{1,2}[A-Z][A-Z_]{2,30}=)/,
    sees: ['[worker] LEADER_IP=10.0.0.1 MY_IP=', 'HOST_IP= MASTER_ADDR=10.0.0.1', 'VLLM_HOST_IP=""', 'POD_IP: None'],
    ignores: ['MY_IP=10.0.0.2', 'MY_IP=$(hostname -i)', 'export HOST_IP=$POD_IP', 'LEADER_IP= MY_IP=10.0.0.2'],
  },
]);
