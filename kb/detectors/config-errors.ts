import { lineDetector } from './line-patterns.ts';

const omegaconf = 'https://github.com/omry/omegaconf/blob/master/omegaconf/errors.py';

/** Arguments, options and configuration files that a program refuses. */
export const configErrors = lineDetector('config-errors', [
  {
    id: 'program.arguments.wrong',
    summary: 'the program was started with arguments that it does not know or lacks',
    role: 'cause',
    weighs: { 'user-code-error': 6 },
    source: 'https://docs.python.org/3/library/argparse.html',
    literals: [
      'unrecognized arguments',
      'following arguments are required',
      'invalid choice',
      'error: argument',
      'no such option',
      'unrecognized option',
      'invalid option',
      'could not override',
      'configattributeerror',
      'configkeyerror',
      'invalid int value',
      'expected one argument',
      'missing mandatory',
      'omegaconf.errors',
      'missingmandatoryvalue',
    ],
    pattern:
      /error: (?:unrecognized arguments|the following arguments are required|argument \S{1,60}: )|[Ii]nvalid choice: |[Nn]o such option|unrecognized option|Could not override '|omegaconf\.errors\.\w+|MissingMandatoryValue/,
    sees: [
      'train.py: error: unrecognized arguments: --local-rank=3',
      'pretrain_gpt.py: error: the following arguments are required: --micro-batch-size',
    ],
    ignores: ['usage: train.py [-h] [--lr LR]'],
  },
  {
    id: 'program.config.refused',
    summary: 'a configuration has unknown keys, wrong types or broken syntax',
    role: 'cause',
    weighs: { 'user-code-error': 5.6, 'framework-bug': 0.8 },
    source: omegaconf,
    literals: [
      'hydra.errors.',
      'is not in struct',
      'validation error for',
      'validation errors for',
      'yaml.scanner.',
      'yaml.parser.',
      'yaml.constructor.',
      'hfargumentparser',
      'unknown command line flag',
      'absl.flags._exceptions.',
      'cannot find primary config',
      'tomldecodeerror',
      'configparser.',
      'error merging override',
      'error parsing override',
    ],
    pattern:
      /hydra\.errors\.\w{1,60}|Key '[^'\n]{1,80}' is not in struct|\d+ validation errors? for \w{1,80}|yaml\.(?:scanner|parser|constructor)\.\w{1,40}|(?:not used by the|are not used by) HfArgumentParser|by the HfArgumentParser|Unknown command line flag|absl\.flags\._exceptions\.\w{1,60}|Cannot find primary config|TOMLDecodeError|configparser\.\w{1,40}Error|[Ee]rror (?:merging|parsing) override/,
    sees: [
      "ConfigAttributeError: Key 'n_gpus' is not in struct",
      'pydantic_core._pydantic_core.ValidationError: 3 validation errors for DeepSpeedZeroConfig',
      'yaml.scanner.ScannerError: mapping values are not allowed here',
      "ValueError: Some specified arguments are not used by the HfArgumentParser: ['--bf32']",
      "absl.flags._exceptions.UnrecognizedFlagError: Unknown command line flag 'batch'",
    ],
    ignores: ['validation loss for step 100: 2.1'],
  },
  {
    id: 'program.model.unknown',
    summary: 'the installed library does not know the architecture or type that is asked for',
    role: 'cause',
    weighs: { 'user-code-error': 5, 'framework-bug': 2 },
    source: 'https://github.com/huggingface/transformers/blob/main/src/transformers/models/auto/configuration_auto.py',
    literals: [
      'does not recognize this architecture',
      'unrecognized configuration class',
      'unrecognized model in',
      'are not supported for now',
      'unknown model type',
    ],
    pattern:
      /does not recognize this architecture|Unrecognized configuration class|Unrecognized model in|[Mm]odel architectures \[[^\]\n]{1,200}\] are not supported for now|[Uu]nknown model type/,
    sees: [
      'ValueError: The checkpoint you are trying to load has model type `qwen3` but Transformers does not recognize this architecture. This could be because of an issue with the checkpoint, or because your version of Transformers is out of date.',
      "ValueError: Model architectures ['Qwen3ForCausalLM'] are not supported for now. Supported architectures: dict_keys(['LlamaForCausalLM'])",
    ],
    ignores: ['model type: llama'],
  },
  {
    id: 'program.sizes.indivisible',
    summary: 'sizes of a model, a batch or a parallel layout do not divide',
    role: 'cause',
    weighs: { 'user-code-error': 4.4, 'launcher-rank-misconfig': 2.6, 'framework-bug': 0.6 },
    source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/utils.py',
    literals: ['divisible by'],
    // World sizes have kinds of their own: `launcher.world.indivisible` and its neighbours.
    pattern:
      /^(?![^\n]{0,300}world[_ ]size)[^\n]{0,300}?(?:(?:Error|Exception): [^\n]{0,300}?(?:(?:is not|isn't|not|must be|should be|be evenly) divisible by))/,
    sees: [
      'AssertionError: 50257 is not divisible by 8',
      'AssertionError: global batch size (8) is not divisible by micro batch size (2) times data parallel size (3)',
      'ValueError: num_heads (28) must be divisible by ulysses sequence size(8)',
    ],
    ignores: [
      'AssertionError: world size (12) is not divisible by tensor_model_parallel_size (8)',
      'padded vocab to be divisible by 128',
    ],
  },
]);
