import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

/** What people tell of another release of a library with which the same program runs. */
export const otherReleases = noteDetector('notes-other-releases', [
  {
    id: 'seen.release.other-runs',
    summary: 'the same program runs with another release of a library',
    role: 'cause',
    weighs: { 'framework-bug': 3.8, 'user-code-error': 0.3 },
    source: 'https://github.com/pytorch/pytorch/wiki/Bug-Triaging',
    // Drivers, firmware and NCCL have themes of their own.
    pattern: any(
      /^(?!.{0,300}\b(?:driver|firmware|nccl|kernel|cuda|fabric)\b).{0,300}?\b(?:since|after|with|on)(?: the)? (?:newest|latest|last|new|recent|most recent)\b.{0,20}\b(?:commit|release|version|update|upgrade|nightly)\b(?! (?:of|too|as well|it works|works))/,
      /^(?!.{0,300}\b(?:driver|firmware|nccl|kernel|cuda|fabric)\b).{0,300}?\b(?:since|after)(?: the)? (?:newest|latest|last|new|recent) (?:commit|release|version|update|upgrade) of\b/,
      /^(?!.{0,300}\b(?:driver|firmware|nccl|kernel|cuda|fabric)\b).{0,300}?\bdowngrad(?:ing|ed|e)\b.{0,60}\b(?:solve[sd]?|fix(?:es|ed)?|help(?:s|ed)?|works?|worked|runs?)\b/,
      /^(?!.{0,300}\b(?:driver|firmware|nccl|kernel|cuda|fabric)\b).{0,300}?\b(?:works?|worked|runs?|ran|fine|ok)\b.{0,20}\b(?:on|with|in|under)(?: the| an)? (?:previous|older|old|last|earlier) (?:release|version|commit)\b/,
      /^(?!.{0,300}\b(?:driver|firmware|nccl|kernel|cuda|fabric)\b).{0,300}?\b(?:does|did)(?: not|n't) (?:happen|occur|hang|crash|fail)\b.{0,12}\b(?:with|in|on|under)\b.{0,20}?\d+\.\d+(?:\.\d+)?\b/,
      /\b(?:same|identical) (?:code|program|script|model|training|configuration|config|command)\b.{0,12}\b(?:ran|runs|worked|works|trained|trains)\b.{0,12}\b(?:with|on|in|under) (?:(?:py)?torch|tensorflow|jax|deepspeed|megatron\S{0,8}|transformers|accelerate|lightning|ray|vllm|apex|flash[- ]?attn|transformer engine|triton)(?: version)? v?\d+\.\d+/,
    ),
    saysNot: true,
    check: (_said, sentence) => !/\b(?:built|build)\b/i.test(sentence),
    sees: [
      'it happens since the newest commit of the library',
      'downgrading to 1.9.5 solves it',
      'works on the previous release',
      'the same code ran with PyTorch 1.7.1 and CUDA 11.0',
      'the call hangs in jax 0.3.5; it does not happen with 0.3.4',
    ],
    ignores: [
      'the image is built each night with the latest nightly',
      'downgrading the driver to 535 solves it',
      'this script runs on PyTorch 2.4 on each node',
      'the newest release is 2.4',
      'it does not happen on node-03',
    ],
  },
]);
