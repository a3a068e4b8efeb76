import { lineDetector } from './line-patterns.ts';

const aws = 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html';
const gcp = 'https://cloud.google.com/compute/docs/instances/host-maintenance-overview';
const azure = 'https://learn.microsoft.com/azure/virtual-machines/linux/scheduled-events';

/** What clouds and operating systems do to a machine: take it back, move it, replace it, switch it off. */
export const cloudInterruption = lineDetector('cloud-interruption', [
  {
    id: 'cloud.instance.reclaimed',
    summary: 'the cloud takes a spot or preemptible machine back',
    role: 'cause',
    weighs: { 'scheduler-action': 6.4 },
    source: aws,
    literals: [
      'termination is imminent',
      'spot instance term',
      'spot instance interruption',
      'spot interruption',
      'spot termination',

      'spot itn',
      'compute.instances.preempted',
      'instance was preempted',
      '"eventtype": "preempt"',
      '"eventtype":"preempt"',
      'bidevictedevent',
      'spotinterrupt',
      'preemption notice',
      '"action": "terminate"',
      '"action":"terminate"',
      'instance termination notice',
      'cluster preempted',
    ],
    pattern:
      /[Ss]pot (?:[Ii]nstance )?(?:[Ii]nterruption|[Tt]ermination) (?:[Ww]arning|[Nn]otice|[Dd]etected|[Rr]eceived|[Ee]vent|was triggered)|[Ss]pot ITN|compute\.instances\.preempted|[Ii]nstance was preempted|"EventType": ?"Preempt"|BidEvictedEvent|\bSpotInterrupt(?:ed|ion)\b|[Pp]reemption notice|"action": ?"terminate", ?"time"|[Ii]nstance termination notice|[Cc]luster preempted or failed|Metadata Service says termination is imminent/,
    sees: [
      'EC2 Spot Instance Interruption Warning received, instance i-0abc will be terminated in two minutes',
      '{"action": "terminate", "time": "2026-11-21T03:14:59Z"}',
      'operationType: compute.instances.preempted',
      'Warning  SpotInterrupted  karpenter  Spot interruption warning was triggered',
    ],
    ignores: ['GET /latest/meta-data/spot/instance-action 404', 'spot termination handler started'],
  },
  {
    id: 'ray.node.taken-away',
    summary: 'a node of a Ray cluster was drained, preempted or stopped on purpose',
    role: 'cause',
    weighs: { 'scheduler-action': 5 },
    source: 'https://github.com/ray-project/ray/blob/master/src/ray/protobuf/common.proto',
    literals: ['node was preempted', 'forcibly preempted', 'autoscaler drain', 'was terminated expectedly'],
    pattern: /\bnode was (?:forcibly )?preempted|autoscaler drain|\b[Nn]ode [^\n]{0,80}was terminated expectedly/,
    sees: [
      'The actor died because its node has died. Node Id: 6f1a. the node was preempted',
      'Termination of node caused by expected termination: autoscaler drain',
    ],
    ignores: ['node was added'],
  },
  {
    id: 'cloud.host.error',
    summary: 'the cloud reports that the machine below the instance failed',
    role: 'cause',
    weighs: { 'host-hardware-fault': 6, 'facility-fault': 0.5 },
    source: gcp,
    literals: [
      'compute.instances.hosterror',
      'underlying hardware',
      'instance-retirement',
      'instance is scheduled for retirement',
    ],
    pattern:
      /compute\.instances\.hostError|(?:degrad\w{0,6}|failure|fault)[^\n]{0,40} (?:of|in|on) the underlying hardware|underlying hardware[^\n]{0,40}(?:degrad|fail|fault)|[Ii]nstance is scheduled for retirement|\binstance-retirement\b/,
    sees: [
      'operationType: compute.instances.hostError',
      'EC2 has detected degradation of the underlying hardware hosting your Amazon EC2 instance',
    ],
    ignores: ['automaticRestart: true'],
  },
  {
    id: 'cloud.host.maintenance',
    summary: 'the cloud moves, freezes or restarts the machine for maintenance',
    role: 'cause',
    weighs: { 'scheduler-action': 5.4, 'host-hardware-fault': 0.6 },
    source: azure,
    literals: [
      'maintenance mode',
      'maintenance event',
      'terminateonhostmaintenance',
      'migrateonhostmaintenance',
      'terminate_on_host_maintenance',
      'migrate_on_host_maintenance',
      '"eventtype": "re',
      '"eventtype":"re',
      '"eventtype": "freeze"',
      '"eventtype":"freeze"',
      'system-maintenance',
      'due to maintenance',
      'host maintenance',
      'entering maintenance',
    ],
    pattern:
      /compute\.instances\.(?:terminate|migrate)OnHostMaintenance|\b(?:TERMINATE|MIGRATE)_ON_HOST_MAINTENANCE\b|"EventType": ?"(?:Freeze|Reboot|Redeploy)"|\bsystem-maintenance\b|DUE TO MAINTENANCE\b|\b(?:[Hh]ost|[Nn]ode|[Ii]nstance|[Mm]achine|[Ss]erver|VM)\b[^\n]{0,60} (?:due to|under|in|entering) (?:host )?maintenance (?:event|mode)|host maintenance (?:event|started|begins)/,
    sees: [
      'operationType: compute.instances.terminateOnHostMaintenance',
      '{"EventId": "6f1a", "EventType": "Reboot", "ResourceType": "VirtualMachine"}',
      'Instance will be restarted due to maintenance event',
    ],
    ignores: ['onHostMaintenance: TERMINATE', 'SYSTEM: you are now in maintenance mode'],
  },
  {
    id: 'cloud.node.replaced',
    summary: "the cluster's health agent restarts or replaces a node that it holds faulty",
    role: 'cause',
    weighs: {
      'host-hardware-fault': 3.2,
      'gpu-ecc-uncorrectable': 0.8,
      'gpu-fell-off-bus': 0.8,
      'scheduler-action': 1,
    },
    source: 'https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-resiliency-slurm.html',
    literals: [
      'action:replace',
      'action:reboot',
      'unhealthy static nodes',
      'backing unhealthy nodes',
      'unschedulablependingreplacement',
      'unschedulablependingreboot',
    ],
    pattern:
      /Reason=["']?Action:(?:Replace|Reboot)|reason="Action:(?:Replace|Reboot)"|following unhealthy static nodes|instances backing unhealthy nodes|\bUnschedulablePending(?:Replacement|Reboot)\b/i,
    sees: [
      '   Reason=Action:Replace [root@2026-11-21T03:12:59]',
      "WARNING - Found the following unhealthy static nodes: (x1) ['gpu-st-p4d-3']",
    ],
    ignores: ['sagemaker.amazonaws.com/node-health-status: Schedulable'],
  },
  {
    id: 'cloud.capacity.none',
    summary: 'the cloud has no machine of the wanted type to give',
    role: 'cause',
    weighs: { 'scheduler-action': 2.2, unlisted: 1.5 },
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html',
    literals: [
      'insufficientinstancecapacity',
      'zone_resource_pool_exhausted',
      'skunotavailable',
      'out of host capacity',
    ],
    pattern: /InsufficientInstanceCapacity|ZONE_RESOURCE_POOL_EXHAUSTED|\bSkuNotAvailable\b|Out of host capacity/,
    sees: ['An error occurred (InsufficientInstanceCapacity) when calling the RunInstances operation'],
    ignores: ['capacity: 8'],
  },
  {
    id: 'system.shutdown.asked',
    summary: 'somebody or something switches the machine off or restarts it in order',
    role: 'cause',
    weighs: { 'scheduler-action': 3.6, 'facility-fault': 0.6, 'host-hardware-fault': 0.3 },
    source: 'https://github.com/systemd/systemd/blob/main/src/login/logind-dbus.c',
    literals: [
      'reached target ',
      'system is powering down',
      'system is rebooting',
      'the system is going down for',
      'the system will reboot',
      'the system will power off',
      'power key pressed',

      'shutting down for system',
    ],
    pattern:
      /System is (?:powering down|rebooting)|The system (?:is going down for|will (?:reboot|power off))|Power key pressed|Reached target (?:System )?(?:Reboot|Power-Off|Shutdown)|shutting down for system (?:reboot|halt|poweroff)/,
    sees: [
      'Nov 21 03:12:59 node-03 systemd-logind[1212]: System is rebooting.',
      'The system is going down for reboot NOW!',
    ],
    ignores: ['systemd-logind[1212]: New session 4 of user root.'],
  },
  {
    id: 'system.service.stopped',
    summary: 'systemd stopped the service of a job',
    role: 'cause',
    weighs: { 'scheduler-action': 2.6 },
    source: 'https://github.com/systemd/systemd/blob/main/src/core/service.c',
    literals: [
      'stopping timed out',
      "state 'stop-sigterm' timed out",

      'start operation timed out',
      'watchdog timeout (limit',
    ],
    pattern:
      /systemd\[\d{1,8}\]: [\w@.:-]{1,120}\.(?:service|scope): (?:State 'stop-sigterm' timed out|Stopping timed out|Watchdog timeout \(limit|start operation timed out)/,
    sees: ["systemd[1]: train.service: State 'stop-sigterm' timed out. Killing."],
    ignores: ['systemd[1]: train.service: Deactivated successfully.'],
  },
]);
