import { lineDetector } from './line-patterns.ts';

const taken = { 'scheduler-action': 5.2 } as const;

/** Jobs and machines that were taken away on purpose, in the words of those that watch over them. */
export const machinesReclaimed = lineDetector('machines-reclaimed', [
  {
    id: 'scheduler.reclaim.notice',
    summary: 'a cloud or an autoscaler announced that it takes a machine back',
    role: 'cause',
    weighs: taken,
    source: 'https://github.com/kubernetes-sigs/karpenter/tree/main/pkg/controllers',
    literals: [
      'spot_interrupted',
      'interruption message',
      'spot i',
      'spot termination',
      'spot reclaim',
      'spot preemption',
      'spotinstance',
      'termination notice',
      'preemption notice',
      'interruption notice',
      'eventtype',
      'scale-down: removing node',
      'imminent node shutdown',
      'was outbid',
      'disrupting node',
    ],
    pattern:
      /\bspot_interrupted\b|from interruption message|[Ss]pot (?:instance )?(?:interruption|termination|reclaim\w{0,6}|preemption)\b(?![^\n]{0,30}(?:handler|enabled|disabled|polic))|SpotInstanceTermination|(?:[Tt]ermination|[Pp]reemption|[Ii]nterruption) notice(?! (?:handler|period))|"?EventType"?\s{0,2}[:=]?\s{0,2}"?Preempt\b|[Ss]cale-down: removing node|imminent node shutdown|\bwas outbid\b|[Dd]isrupting node\(?s?\)?\b/,
    sees: [
      '"messageKind": "spot_interrupted",',
      '"message": "initiating delete from interruption message",',
      'Received termination notice for spot instance',
      'Pod was terminated in response to imminent node shutdown.',
      'scale_down.go:1092] Scale-down: removing node gke-gpu-3, utilization: {0.1 0.2}',
    ],
    ignores: ['starting the spot interruption handler', 'polling for termination-time', 'spot instances: enabled'],
  },
  {
    id: 'scheduler.reclaim.told',
    summary: 'a job, a task or the machine below it was preempted or evicted for another',
    role: 'cause',
    weighs: taken,
    source: 'https://github.com/skypilot-org/skypilot/blob/master/sky/jobs/controller.py',
    literals: ['preempted', 'reclaimed', 'evicted due to preemption', 'revoked', 'preemptionby', 'taken back'],
    pattern:
      /^(?![^\n]{0,400}(?:\bnot (?:be |been )?preempted|never preempted|if (?:the |a )?\w{1,20} (?:is|gets|was) preempted|low on resource|(?:may|can|could|might|would) be ))[^\n]{0,400}?(?:\b(?:cluster|node|instance|VM|machine|worker|pod|job|task|workload|step|replica|slice|host)\b[^\n]{0,60}\b(?:is|was|were|has been|have been|been|got|being)\s(?:\w{2,12}ly )?(?:preempted|reclaimed|revoked|taken back)\b|[Ee]victed due to preemption|\bPreemptionBy\w{4,20}\b)/i,
    sees: [
      'controller.py:118] Cluster is preempted (status: INIT). Recovering...',
      'Evicted due to preemption by workload team/high',
      'the instance was reclaimed by the provider',
    ],
    ignores: ['jobs in this queue may be preempted', 'the job was not preempted', 'kernel: PREEMPT_DYNAMIC'],
  },
  {
    id: 'scheduler.state.ended-on-purpose',
    summary: 'the scheduler lists the job as preempted or out of time',
    role: 'cause',
    weighs: taken,
    source: 'https://slurm.schedmd.com/squeue.html#SECTION_JOB-STATE-CODES',
    literals: ['state=preempted', 'state=timeout', 'type=preempt', 'type=timeout'],
    pattern: /\b(?:Job)?State=(?:PREEMPTED|TIMEOUT)\b|job[^\n]{0,40}exception:? type=(?:preempt|timeout)\b/,
    sees: [
      '   JobState=PREEMPTED Reason=None Dependency=(null)',
      'State=TIMEOUT Reason=TimeLimit',
      'flux-job: task(s) exited: job.exception type=preempt severity=0',
    ],
    ignores: ['JobState=RUNNING Reason=None', 'JobState=FAILED Reason=NonZeroExitCode'],
  },
  {
    id: 'scheduler.cancel.told',
    summary: 'somebody cancelled the job: on purpose, or because it had failed already',
    role: 'cause',
    weighs: { 'scheduler-action': 3.8 },
    source: 'https://slurm.schedmd.com/scancel.html',
    literals: ['cancelled by', 'canceled by', 'terminating job '],
    pattern:
      /\b(?:job|step|task|run)\b[^\n]{0,40}\bcancell?ed by (?:user |uid |admin\w{0,12}|root|operator|the (?:user|scheduler|administrator))|scancel: Terminating job \d/i,
    sees: ['Job 12345 was cancelled by user root', 'scancel: Terminating job 4242'],
    ignores: ['the job cannot be cancelled by hand'],
  },
  {
    id: 'scheduler.reclaim.watched',
    summary: 'a watcher asks whether the machine will be taken back',
    role: 'context',
    weighs: { 'scheduler-action': 1.5 },
    source: 'https://cloud.google.com/compute/docs/instances/preemptible',
    literals: ['polling for termination-time', 'instance/preempted', 'spot/instance-action', 'spot/termination-time'],
    pattern: /polling for termination-time|instance\/preempted\b|spot\/(?:instance-action|termination-time)\b/,
    sees: ['start-worker 2024/01/30 10:32:00 polling for termination-time'],
    ignores: ['polling for work'],
  },
]);
