// Pieces of patterns by which people tell of releases of software. Every piece is the source of a regular expression.

/** Libraries that train, serve, compile, share out or launch. */
export const library = `(?:${[
  '(?:py)?torch(?:[- ]?(?:vision|audio|elastic|run|titan|tune|rec|x))?',
  'tensorflow(?:[- ]gpu)?|tf|keras',
  'jax(?:lib)?|flax|optax|orbax|maxtext',
  'deepspeed|colossal-?ai|fairscale|fairseq|megatron\\S{0,8}|mcore|nemo(?:[- ]?rl)?|composer|apex|axolotl|unsloth|verl|openrlhf',
  '(?:hf |hugging ?face )?(?:transformers|accelerate|datasets|diffusers|tokenizers|peft|trl|optimum|safetensors|huggingface[-_]hub)',
  '(?:pytorch[- _])?lightning|fastai|detectron2|mmcv|mmengine|mmdet\\w{0,6}|timm|dgl',
  'ray|vllm|sglang|(?:tensorrt|trt)[- _]?llm|lmdeploy|dask|skypilot|horovod|byteps',
  'flash[- _]?att(?:n|ention)|transformer[- _]engine|triton|bitsandbytes|xformers|dali|cupy|xgboost|lightgbm',
  'mxnet|paddle(?:paddle)?|mindspore|oneflow|theano|caffe2?|chainer|allennlp|openseq2seq|tensor2tensor|t2t',
].join('|')})`;

/** "release", "version", "nightlies". */
export const release = '(?:releases?|versions?|builds?|commits?|nightl(?:y|ies)|tags?|wheels?)';

const unit =
  '(?:\\s?(?:[KMGT]i?B|[kmg]b(?:it)?|%|x\\b|times\\b|s\\b|secs?\\b|seconds\\b|ms\\b|min\\b|minutes\\b|h\\b|hours?\\b|days?\\b|it/s|hz\\b|w\\b))';
const suffix = '(?:[.-]?(?:rc|post|dev|alpha|beta|a|b)\\d{0,10})?(?:\\+\\w{1,12})?';
// Of an address there are four parts; "in 2.1 GB", "after 1.5 h".
const ends = `(?![\\w.]{0,12}\\d)(?!\\.\\d)(?!${unit})`;
const compared = '(?:==|<=|>=|~=|<|>|=|@|-|:)';

// What has numbers of its own: none of them is the framework's.
const foreign =
  '(?:python|ubuntu|debian|centos|rhel|rocky|glibc|gcc|pcie|gen|nvlink|capability|tls|openssl|slurm|enroot|pyxis|docker|kubernetes|kubectl|openmpi|mpi|ucx|windows|linux)';

/** A number that is one of a release: of three parts, or beside a library's name or the word version, or with a sign. */
const told = [
  `\\b(?:${library}|${release})(?:\\s?${compared}\\s?|[\\s(]+(?:(?:version|release) )?)v?\\d{1,4}\\.\\d{1,3}(?:\\.\\d{1,4})?${suffix}${ends}`,
  `\\bv?(?<![\\d.])\\d{1,4}\\.\\d{1,3}\\.\\d{1,4}${suffix}${ends}`,
  `\\bv\\d{1,3}\\.\\d{1,3}${suffix}${ends}`,
  `(?:==|<=|>=|~=|<|>)\\s?\\d{1,4}\\.\\d{1,3}${suffix}${ends}`,
].join('|');

/** Such a number, or a bare one where the words around it leave nothing else: "no problem in 2.1". */
export const numbered = `(?:(?:(?!${foreign}\\b)[\\w./-]{1,30}[\\s(]+){0,2}?(?:${told})|[1-9]\\d?\\.\\d{1,3}${suffix}${ends})`;

/** "previous versions", "an older jax release", "the last stable version". */
export const otherRelease = `(?:(?:the|an?|any|all|some|its|our) )?(?:(?:much|slightly|more|most|last|very) )?(?:previous|earlier|older|old|prior|last|former|preceding|newer|later|lower|another|other|different|stable|released)(?: (?!${foreign}\\b)[\\w.-]{1,24}){0,2}? ${release}\\b`;

/** What goes well, in words that do not deny it. */
const goesWell =
  "(?<!\\b(?:not|never|n['’]t|cannot|longer|to|should|must) )\\b(?:works?|worked|working|runs?|ran|trains|trained|passes|passed|succeeds?|succeeded|finishe[sd]|fine|ok|okay)\\b";
/** The trouble is wanting, which only somebody says who has it elsewhere. */
export const isAbsent =
  "(?:\\b(?:does|did|do|is|was|could|can)(?: ?not|n['’]t) (?:be )?(?:happen|occur|appear|hang|crash|fail|show(?: up)?|exist|reproduc\\w{1,5}|seen|see (?:it|this|that)|observed?)\\b|\\bnot (?:reproducible|affected|seen|the case|present)\\b|(?<!\\bthere )\\b(?:no|without(?: any)?) (?:such )?(?:problems?|issues?|errors?|hangs?|crash(?:es)?|trouble|bugs?)\\b|\\bnot an? (?:issue|problem)\\b|\\bnever (?:happened|occurred|failed|saw it))";
const prep = '(?:with|on|in|under|using|at|until|up to|till|before|prior to|for)';
const filler =
  '(?: (?:it|this|that|there|still|always|perfectly|fine|well|ok|okay|correctly|normally|flawlessly|smoothly|as expected|at all|either|out of the box|without (?:any )?(?:problems?|issues?|errors?)|me|all|again)){0,3}';

/** "works fine with jax 0.4.25", "no problem in 2.1". */
export function wellWith(what: string, how: string = `(?:${goesWell}|${isAbsent})`): string {
  return `${how}${filler},? ${prep} (?:the |a )?${what}`;
}

/** "0.5.4 works", "version 0.5.4 does not have this problem". */
export const releaseIsWell = `${numbered}(?: (?:still|all|both|alone|itself|just|was|is)){0,2} (?:works|worked|runs|ran|fine|ok|okay|good|(?:has|had|shows|showed|have) no (?:such )?(?:problems?|issues?|errors?|hangs?|bugs?)|(?:does|did)(?: not|n['’]t) (?:have|show|hang|crash|fail|suffer)|not affected)\\b`;

const goesWrong =
  "(?:hangs?|hung|hanging|stops|stopped|fails?|failed|failing|crash(?:es|ed|ing)?|breaks?|broken|broke|freezes|stalls?|segfaults?|deadlocks?|stuck|errors?|happens?|occurs?|appears?|fault|problem|bug|issue|trouble|(?:does|did)(?: not|n['’]t) (?:work|run|start|train)|slow(?:er)?|ooms?|nans?|leaks?)";

// Beside a number that is one of a release, a bare one is another: "works on 0.13.1, breaks on 0.14".
const second = `(?:${numbered}|v?\\d{1,3}\\.\\d{1,3}${ends})`;

/** "fails with 2.3", "but not with 2.2", "0.6.0 does not". */
export const wrongWith = `(?:\\b${goesWrong}\\b[^,;]{0,20}? ?\\b(?:with|on|in|under|using|since|from|as of|starting (?:with|from|in))\\b (?:the )?(?:${second}|(?:the )?(?:latest|newest|new|current|main|master|nightly|head)\\b)|\\b(?:but|and|,) ?not (?:with|on|in|under|using|for) (?:the )?(?:${second}|(?:the )?(?:latest|newest|new|current|main|master|nightly|head)\\b)|${second}(?: [a-z]{2,10}){0,2}? (?:does(?: not|n['’]t)|did(?: not|n['’]t)|${goesWrong})\\b)`;

/** "hangs", "no longer works": what came with the release. */
export const trouble = `\\b(?:${goesWrong}|no longer (?:works?|runs?|trains?|starts?)|stop(?:s|ped) working|cannot|can(?: not|['’]t))\\b`;

/** What is told of the driver, of NCCL and of CUDA has themes of its own; models and images have versions too. */
export const ofOthers =
  /\b(?:drivers?|firmware|nccl|rccl|(?:linux|system|running|os) kernel|kernel (?:version|\d)|cuda|cudnn|fabric|ofed|mofed|image|vbios|bios|llama(?!-?factory)\S*|qwen\S*|gpt\S*|bert\S*|mistral\S*|mixtral\S*|gemma\S*|phi-?\d\S*|(?:data ?set|model|checkpoint|weight)s? versions?|versions? of the (?:data ?set|model|checkpoint|weights))\b/i;
