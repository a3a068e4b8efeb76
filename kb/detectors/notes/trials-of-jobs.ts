import { trialDetector } from './trials.ts';

const join = 'https://pytorch.org/docs/stable/distributed.algorithms.join.html';
const distributed = 'https://pytorch.org/docs/stable/distributed.html';
const mixedPrecision = 'https://pytorch.org/docs/stable/amp.html';
const torchFaq = 'https://pytorch.org/docs/stable/notes/faq.html';
const loaderHang = 'https://github.com/pytorch/pytorch/issues/87995';
const slurmBind = 'https://slurm.schedmd.com/mc_support.html';

/** Changes to the job, its container, its data and its limits. */
export const jobTrials = trialDetector('notes-job-trials', [
  {
    id: 'seen.trial.smaller-batch',
    summary: 'less GPU memory per step was tried, and helped',
    role: 'cause',
    weighs: { 'gpu-oom': 4.2, 'dataloader-stall': 0.2, 'uneven-data': 0.1 },
    source: torchFaq,
    change:
      /\b(?:smaller|lower\w*|reduc\w+|halv\w+|half the|decreas\w+|shorter|fewer|less)\b.{0,20}?\b(?:(?:micro-?|mini-?)?batch(?:es)?(?: ?size)?|sequences?(?: length)?|seq(?:_|uence)? ?len\w*|context|resolution|images?|model|vocabular(?:y|ies)|embeddings?|hidden size|layers)\b|\b(?:(?:micro-?|mini-?)?batch(?: ?size)?|shapes?|vocabulary(?: size)?|embeddings?(?: size)?|sequence length|resolution|hidden size|model)(?: (?:is|was|were))? (?:reduced|lowered|halved|decreased|shortened|made smaller)\b|\bbatch[ _-]?size (?:of |to |= ?)?\d+|\b\d+ in a batch\b|\b(?:gradient|activation) checkpointing\b|\bexpandable_segments\b|\bempty_cache\b|\bmax_split_size_mb\b|\bcpu offload\b/,
    sees: [
      'with a smaller batch size it runs',
      'with 16 in a batch the training ran',
      'activation checkpointing solved it',
      'expandable_segments fixed it',
    ],
    fails: [
      'a smaller batch does not help',
      'the same with batch size 1',
      'with the shape reduced to [2000,64] it is out of memory as well',
    ],
    ignores: ['the batch size is 32', 'we train with batch size 64 on two nodes, it works for the first epoch'],
  },
  {
    id: 'seen.trial.more-host-memory',
    summary: 'more host memory, or swap, was tried, and helped',
    role: 'cause',
    weighs: { 'host-oom': 4.8 },
    source: 'https://github.com/pytorch/pytorch/issues/13246',
    change:
      /\b(?:more|larger|increas\w+|rais\w+|adding|twice the|bigger|double)\b.{0,15}?\b(?:host memory|ram|swap|cpu memory|system memory|memory (?:request|limit)s?|--mem|memory)\b(?! of the gpu)|--mem(?:-per-cpu)?[= ]\d\S*|\bswap\b.{0,20}?\b(?:added|of the size|enabled|enlarged)|\bmemory limit\b.{0,10}?\b(?:raised|removed|increased)\b/,
    sees: [
      'with more host memory it works',
      '--mem=500G solved it',
      'swap of the size of the memory helped: swap added, it helped',
    ],
    fails: ['more RAM did not help'],
    ignores: ['--mem=64G in the job script'],
  },
  {
    id: 'seen.trial.fewer-workers',
    summary: 'fewer loader processes were tried, and helped',
    role: 'cause',
    weighs: {
      'dataloader-stall': 2.2,
      'shm-too-small': 1.8,
      'host-oom': 1.6,
      'ulimit-too-low': 0.5,
      'user-code-error': 0.3,
      'rdma-link-fault': -1,
      'nccl-bug': -0.8,
    },
    source: loaderHang,
    change:
      /\bnum_workers? ?(?:=|to|of|:)? ?[01]\b|\b(?:fewer|less|no|without|single|zero|0) (?:data ?)?(?:loader )?workers?\b|\bnum_workers (?:reduced|lowered|set to)\b|\bpersistent_workers\b|\bpin_memory ?= ?false\b/,
    sees: [
      'with num_workers=0 the job does not hang',
      'fewer workers help: with fewer workers it works',
      'num_workers=0 fixes it',
    ],
    fails: ['num_workers=0 does not help', 'also with num_workers=0'],
    ignores: ['num_workers=8'],
  },
  {
    id: 'seen.trial.more-loading',
    summary: 'more or faster input was tried, and helped',
    role: 'cause',
    weighs: { 'dataloader-stall': 4.6, 'shared-fs-problem': 0.6, 'cpu-affinity-misconfig': 0.6 },
    source: 'https://pytorch.org/tutorials/recipes/recipes/tuning_guide.html',
    change:
      /\b(?:more|increas\w+|additional|doubling) (?:the )?(?:number of )?(?:data ?)?(?:loader )?(?:workers|num_workers|prefetch\w*)\b|\b(?:synthetic|dummy|fake|random|cached|pre-?decoded|pre-?processed) (?:data|input|images|batches)\b|\bdali\b|\bwebdataset\b|\bgc\.(?:disable|freeze)\b|\bmanual gc\b|\bdata in (?:ram|memory)\b/,
    sees: [
      'with more workers it is twice as fast: much faster',
      'with synthetic data it runs at full speed',
      'gc.disable fixed the pauses',
    ],
    fails: ['the speed is the same with more workers', 'also slow with synthetic data'],
    ignores: ['DALI is used'],
  },
  {
    id: 'seen.trial.precision',
    summary: 'another precision, a lower learning rate or clipping was tried, and helped',
    role: 'cause',
    weighs: { 'loss-nan-numerics': 5 },
    source: mixedPrecision,
    change:
      /\b(?:bf16|bfloat16|fp32|float32|tf32|full precision|single precision)\b|\b(?:without|disabl\w+|turning off|no|switch\w* off) (?:the )?(?:amp|fp16|fp8|float16|half precision|mixed precision|autocast)\b|\b(?:lower\w*|smaller|reduc\w+) (?:the )?(?:learning rate|lr)\b|\b(?:gradient |grad )?clipping\b|\b(?:longer )?warm-?up\b|\b(?:larger|bigger) (?:adam )?eps(?:ilon)?\b/,
    suspect: /(?:fp16|amp|mixed precision|fp8|half precision|float16)\b/,
    sees: [
      'with bf16 the loss stays finite',
      'without AMP it works',
      'a lower learning rate fixed it',
      'NaN only with fp16',
    ],
    fails: ['bf16 does not help', 'the same with fp32'],
    ignores: ['training in bf16', 'training in bf16 with clipping, the first steps run fine, then it hangs'],
  },
  {
    id: 'seen.trial.even-data',
    summary: 'equal shares of data for all ranks were tried, and helped',
    role: 'cause',
    weighs: { 'uneven-data': 5.2, 'collective-mismatch': 0.4 },
    source: join,
    change:
      /\bdrop_last(?: ?= ?true)?\b|\bdrop(?:ping|ped)? (?:the )?last batch\b|\b(?:join|ddp\.join)\b context|\bjoin\(\)|\b(?:even|equal|same) (?:number of |amount of )(?:batches|samples|steps)\b|\bpadd(?:ed|ing) (?:the )?(?:data|last batch|dataset|batches)\b|\beven_inputs\b|\beven_batches\b|\bdistributedsampler\b/,
    sees: ['with drop_last=True it does not hang', 'padding the last batch fixed it', 'drop_last solves it'],
    fails: ['drop_last=True does not help'],
    ignores: ['drop_last=True is used'],
  },
  {
    id: 'seen.trial.longer-timeout',
    summary: 'a longer timeout was tried, and helped',
    role: 'cause',
    weighs: { 'long-rank0-work-timeout': 4.6, 'dataloader-stall': 0.6, 'shared-fs-problem': 0.5 },
    source: distributed,
    change:
      /\b(?:longer|larger|higher|increas\w+|rais\w+|bigger|extend\w*|doubling)\b.{0,20}?\btime-?outs?\b|\btime-?out (?:of |to |= ?)(?:\d+|two|three|several) ?(?:h|hours?|min\w*|s|seconds?)?\b|\btime-?out\b.{0,12}?\b(?:increased|raised|extended)\b|\bddp_timeout\b|\bNCCL_TIMEOUT\b|\btimedelta\b/,
    sees: ['a longer timeout let it finish', 'with a timeout of 2 hours it works', 'increasing the timeout helped'],
    fails: ['a longer timeout does not help', 'it also hangs with a larger timeout'],
    ignores: ['the timeout is 30 minutes'],
  },
  {
    id: 'seen.trial.same-graph',
    summary: 'the same work on all ranks was tried, and helped',
    role: 'cause',
    weighs: { 'collective-mismatch': 4.6, 'uneven-data': 0.9 },
    source: 'https://pytorch.org/docs/stable/notes/ddp.html',
    change:
      /\bfind_unused_parameters ?= ?true\b|\b(?:same|identical|one fixed) (?:data|batch|input|branch|modality)\b.{0,20}?\b(?:on )?(?:all|every) ranks?\b|\b(?:remov\w+|without|moving|adding)\b.{0,25}?\b(?:conditional|if rank|rank check|rank 0 check|barrier|early (?:return|exit|stopping)|branch)\b|\bdummy (?:image|forward|loss|gradient)\b|\bonly (?:images|text) in (?:all|every) batch/,
    sees: [
      'with the same data on all ranks it does not hang',
      'removing the "if rank == 0" around the barrier fixed it',
      'a dummy image in each batch solved it',
      'find_unused_parameters=True helps',
    ],
    fails: ['find_unused_parameters=True does not help', 'the same data on all ranks makes no difference'],
    ignores: ['find_unused_parameters=True is set'],
  },
  {
    id: 'seen.trial.framework-version',
    summary: 'another release or switch of the training library was tried, and helped',
    role: 'cause',
    weighs: { 'framework-bug': 4.6, 'user-code-error': 0.8, 'nccl-bug': 0.3 },
    source: 'https://github.com/pytorch/pytorch/issues',
    change:
      /\b(?:upgrad\w+|downgrad\w+|updat\w+|newer|older|another|other|roll\w* back|nightly|latest|going back|pinn\w+|patch\w+)\b.{0,25}?\b(?:torch|pytorch|deepspeed|megatron\S*|lightning|accelerate|transformers|trl|nemo|ray|horovod|vllm|composer|apex|transformer ?engine|flash[- ]?attn|xformers|libraries|library|framework|trainer)\b|\b(?:torch|pytorch|deepspeed|lightning|accelerate|transformers|trl|nemo|ray|horovod|vllm|composer) (?:version )?v?\d+\.\d+(?:\.\d+)?\b|\b(?:without|disabl\w+|turning off) (?:torch\.compile|cuda ?graphs?|flash[- ]?attention|fsdp|zero-?3|overlap_comm|torchdynamo|compile)\b|\buse_reentrant ?= ?\w+|\btorch\.compile (?:disabled|off)\b/,
    suspect: /(?:torch\.compile|torch \d\.\d|deepspeed 0\.\d+|cuda ?graphs?|zero-?3|fsdp2?)\b/,
    sees: [
      'downgrading torch to 2.0 fixed it',
      'with DeepSpeed 0.10 it works',
      'without torch.compile it runs fine',
      'fails only with torch 2.1',
      'a newer transformers solved it',
    ],
    fails: ['upgrading torch did not help', 'the same with torch 2.3'],
    ignores: [
      'torch 2.1 is installed',
      'image with torch 1.13 / CUDA 11.6, Lightning 1.8, strategy ddp: training just stops after the start, no error',
      'torch 2.2.0, NCCL 2.19.3: works on T4 but hangs on L40',
    ],
  },
  {
    id: 'seen.trial.fresh-checkpoint',
    summary: 'another or repaired checkpoint was tried, and helped',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 4.6 },
    source: 'https://pytorch.org/docs/stable/notes/serialization.html',
    change:
      /\b(?:another|other|earlier|older|previous|fresh|new|intact|different|backup|re-?download\w*|delet\w+|re-?sav\w+|restor\w+)\b.{0,25}?\b(?:checkpoints?|ckpt|weights?|model file|snapshot)\b(?! every)|\b(?:re-?download\w*|copying again)\b/,
    sees: [
      'with the previous checkpoint it works',
      'after deleting the broken checkpoint it starts fine',
      'downloading again: re-downloading the weights fixed it',
    ],
    fails: ['another checkpoint does not help', 'the previous checkpoint fails too'],
    ignores: [
      'the checkpoint is written every hour',
      'reading the checkpoint works',
      'we trained it from the same checkpoint before, it worked',
    ],
  },
  {
    id: 'seen.trial.ranks-set',
    summary: 'other rank numbers, device masks or process counts were tried, and helped',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.4 },
    source: 'https://pytorch.org/docs/stable/elastic/run.html',
    change:
      /\b(?:torch\.cuda\.)?set_device\b|\bnproc[_-]per[_-]node ?(?:=|to)? ?\d+|\bCUDA_VISIBLE_DEVICES\s?=\s?\S+|\b(?:correct\w*|fix\w*|right|different|setting|changing)\b.{0,20}?\b(?:node_?rank|world[ _]?size|local_?rank|rank numbers?|number of (?:processes|ranks))\b|--ntasks-per-node\S*|\bdevice_id\b/,
    sees: [
      'calling torch.cuda.set_device fixed it',
      'with nproc_per_node=4 it works',
      'correcting the node_rank solved it',
    ],
    fails: ['setting CUDA_VISIBLE_DEVICES=0,1 did not help'],
    ignores: ['nproc_per_node=8', 'CUDA_VISIBLE_DEVICES=2,3 set, works on 2 GPUs, but not on 4'],
  },
  {
    id: 'seen.trial.cpu-binding',
    summary: 'another CPU binding or more cores were tried, and helped',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 5, 'dataloader-stall': 0.6 },
    source: slurmBind,
    change:
      /--cpu[-_]bind\S*|--bind-to none\b|--cpus-per-task\S*|\b(?:without|no|unset\w*|remov\w+|chang\w+|correct\w*|disabl\w+)\b.{0,20}?\b(?:cpu )?(?:affinity|binding|pinning|KMP_AFFINITY|OMP_PROC_BIND|GOMP_CPU_AFFINITY|taskset|OMP_NUM_THREADS)\b|\bNCCL_IGNORE_CPU_AFFINITY\b|\b(?:more|all) (?:cpu )?cores\b|\bnumactl\b|\bKMP_AFFINITY\s?=\s?(?:none|disabled)/,
    sees: [
      'with --cpu-bind=none it is much faster',
      'unsetting KMP_AFFINITY fixed it',
      '--cpus-per-task=12 helps',
      'more cores made it run faster: with more cores it is faster',
    ],
    fails: ['--cpu-bind=none makes no difference'],
    ignores: ['OMP_NUM_THREADS is 4'],
  },
  {
    id: 'seen.trial.one-gpu',
    summary: 'one GPU, or one process, was tried, and works',
    role: 'context',
    weighs: {
      'acs-iommu-p2p-broken': 0.6,
      'nvlink-fabric-error': 0.5,
      'collective-mismatch': 0.6,
      'uneven-data': 0.5,
      'launcher-rank-misconfig': 0.5,
      'nccl-env-misconfig': 0.4,
      'nccl-bug': 0.4,
      'shm-too-small': 0.4,
      'rendezvous-resolution': 0.3,
      'user-code-error': -0.5,
      'gpu-oom': -0.3,
      'loss-nan-numerics': -0.4,
      'checkpoint-corruption': -0.5,
    },
    source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html',
    change:
      /\b(?:(?:a |one |with )?single|one|1|only one) (?:gpu|card|process|rank)\b|\bwithout (?:ddp|distributed|torchrun)\b/,
    sees: ['with one GPU it works', 'a single process runs fine'],
    fails: ['also fails with one GPU'],
    ignores: ['one GPU is slow'],
  },
  {
    id: 'seen.trial.other-backend',
    summary: 'another backend than NCCL was tried, and helped',
    role: 'context',
    weighs: {
      'nccl-bug': 1,
      'acs-iommu-p2p-broken': 0.8,
      'nccl-env-misconfig': 0.8,
      'nccl-version-mismatch': 0.7,
      'rdma-link-fault': 0.5,
      'roce-gid-misconfig': 0.5,
      'nvlink-fabric-error': 0.5,
      'collective-mismatch': -0.8,
      'uneven-data': -0.8,
      'user-code-error': -0.7,
      'rendezvous-resolution': -0.7,
      'firewall-blocked': -0.5,
    },
    source: distributed,
    change:
      /\b(?:with|using|on|via|over) (?:the )?(?:gloo|mpi)\b|\b(?:gloo|mpi) backend\b|\bbackend ?= ?["']?(?:gloo|mpi)\b/,
    sees: ['with the gloo backend it works'],
    fails: ['the gloo backend hangs too'],
    ignores: ['the gloo backend is initialised'],
  },
  {
    id: 'seen.trial.again',
    summary: 'starting the job once more was tried, and helped',
    role: 'context',
    weighs: {
      'rdma-link-fault': 0.6,
      'shared-fs-problem': 0.4,
      'gpu-driver-bug': 0.3,
      'facility-fault': 0.4,
      'scheduler-action': 0.4,
      'user-code-error': -1,
      'launcher-rank-misconfig': -0.8,
      'gpu-oom': -0.6,
      'uneven-data': -0.7,
      'ulimit-too-low': -0.7,
      'firewall-blocked': -0.8,
    },
    source: 'https://github.com/NVIDIA/nccl/issues/1698',
    change:
      /\b(?:second|third|next|another|new) (?:try|attempt|run|start)\b|\b(?:re-?start\w*|re-?runn?\w*|re-?submit\w*|re-?launch\w*|retr(?:y|ies|ying))\b(?!.{0,15}\b(?:node|machine|server|host|container|pod|service|manager|docker|plugin)\b)/,
    sees: ['after a restart it works', 'the second try succeeds', 'a rerun of the job finished: it ran fine'],
    fails: ['a restart does not help', 'restarting the job changes nothing'],
    ignores: ['the job was restarted'],
  },
]);
