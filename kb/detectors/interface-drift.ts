import { lineDetector } from './line-patterns.ts';

/** Calls that the other side does not know any more: between two libraries as often as between program and library. */
export const interfaceDrift = lineDetector('interface-drift', [
  {
    id: 'library.call.unknown-argument',
    summary: 'a function or class is called with an argument that its release does not know, or knows twice',
    role: 'cause',
    weighs: { 'framework-bug': 3, 'user-code-error': 2.9 },
    source: 'https://github.com/huggingface/transformers/issues/34714',
    literals: [
      'got an unexpected keyword argument',
      'got multiple values for keyword argument',
      'partially initialized module',
    ],
    pattern:
      /(?:^|TypeError: )(?:(?:[\w.]{1,80}\.)?__init__\(\) |(?:Accelerator|Trainer|PartialState|Fabric)\.\w{1,60}\(\) |(?:torch|transformers|accelerate|deepspeed|megatron|lightning|pytorch_lightning|peft|trl|datasets|jax|flax|tensorflow|keras)\.[\w.]{1,120}\(\) )?got (?:an unexpected keyword argument|multiple values for keyword argument)|partially initialized module '(?:torch|transformers|accelerate|deepspeed|megatron|lightning|peft|trl|datasets|jax|flax|tensorflow|keras|vllm|apex)\b/,
    sees: [
      "TypeError: __init__() got an unexpected keyword argument 'dispatch_batches'",
      "TypeError: torch.distributed.distributed_c10d.init_process_group() got multiple values for keyword argument 'backend'",
      "Accelerator.unwrap_model() got an unexpected keyword argument 'keep_torch_compile'",
      "ImportError: cannot import name 'x' from partially initialized module 'deepspeed' (most likely due to a circular import)",
    ],
    ignores: [
      "TypeError: forward() got an unexpected keyword argument 'labels'",
      "TypeError: train_step() got an unexpected keyword argument 'lr'",
    ],
  },
]);
