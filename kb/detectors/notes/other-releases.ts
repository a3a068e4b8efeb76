import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

const library =
  '(?:(?:py)?torch|tensorflow|jax|deepspeed|megatron\\S{0,8}|transformers|accelerate|(?:pytorch[- ])?lightning|ray|vllm|apex|flash[- ]?attn|transformer engine|triton|horovod|fairscale|trl|peft|datasets|nemo)';

/** What people tell of another release of a library with which the same program runs. */
export const otherReleases = noteDetector('notes-other-releases', [
  {
    id: 'seen.release.other-runs',
    summary: 'the same program runs with another release of a library',
    role: 'cause',
    // A program that is wrong is wrong with every release, unless the release stopped putting up with it.
    weighs: { 'framework-bug': 3.8, 'user-code-error': -0.6 },
    source: 'https://github.com/pytorch/pytorch/wiki/Bug-Triaging',
    // Drivers, firmware and NCCL have themes of their own.
    pattern: any(
      /^(?!.{0,300}\b(?:driver|firmware|nccl|kernel|cuda|fabric)\b).{0,300}?\b(?:since|after|with|on)(?: the)? (?:newest|latest|last|new|recent|most recent)\b.{0,20}\b(?:commit|release|version|update|upgrade|nightly)\b(?! (?:of|too|as well|it works|works))/,
      /^(?!.{0,300}\b(?:driver|firmware|nccl|kernel|cuda|fabric)\b).{0,300}?\b(?:since|after)(?: the)? (?:newest|latest|last|new|recent) (?:commit|release|version|update|upgrade) of\b/,
      /^(?!.{0,300}\b(?:driver|firmware|nccl|kernel|cuda|fabric)\b).{0,300}?\bdowngrad(?:ing|ed|e)\b.{0,60}\b(?:solve[sd]?|fix(?:es|ed)?|help(?:s|ed)?|works?|worked|runs?)\b/,
      /^(?!.{0,300}\b(?:driver|firmware|nccl|kernel|cuda|fabric)\b).{0,300}?\b(?:works?|worked|runs?|ran|fine|ok)\b.{0,20}\b(?:on|with|in|under)(?: the| an)? (?:previous|older|old|last|earlier) (?:release|version|commit)\b/,
      /^(?!.{0,300}\b(?:driver|firmware|nccl|kernel|cuda|fabric)\b).{0,300}?\b(?:does|did)(?: not|n't) (?:happen|occur|hang|crash|fail)\b.{0,12}\b(?:with|in|on|under)\b.{0,20}?\d+\.\d+(?:\.\d+)?\b/,
      new RegExp(
        `\\b(?:same|identical) (?:code|program|script|model|training|configuration|config|command|job|run|test|set-?up)\\b.{0,12}\\b(?:ran|runs|worked|works|trained|trains)\\b.{0,12}\\b(?:with|on|in|under) ${library}(?: version)? v?\\d+\\.\\d+`,
      ),
      // The library stands before: "seen with deepspeed 0.5.5; the same job runs with 0.5.4".
      new RegExp(
        `^(?!.{0,300}\\b(?:driver|firmware|nccl|kernel|cuda|fabric|image|ubuntu)\\b).{0,300}?\\b(?:same|identical|very same) (?:code|program|script|model|training|configuration|config|command|job|run|test|notebook|set-?up|example)\\b.{0,12}\\b(?:ran|runs|worked|works|trained|trains|passes|passed|succeeds)\\b.{0,12}\\b(?:with|on|in|under) (?:version |release )?v?\\d+\\.\\d+\\.\\d+`,
      ),
      new RegExp(
        `^(?!.{0,300}\\b(?:driver|firmware|nccl|kernel|cuda|fabric|image|ubuntu)\\b).{0,300}?\\b${library}(?: version)? v?\\d+\\.\\d+[\\w.]{0,8}\\b.{0,60}?\\b(?:works|worked|runs|ran|fine|ok)\\b.{0,8}\\b(?:with|on|in|under) (?:${library} )?(?:version |release )?v?\\d+\\.\\d+`,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) => !/\b(?:built|build)\b/i.test(sentence),
    sees: [
      'it happens since the newest commit of the library',
      'downgrading to 1.9.5 solves it',
      'works on the previous release',
      'the same code ran with PyTorch 1.7.1 and CUDA 11.0',
      'the call hangs in jax 0.3.5; it does not happen with 0.3.4',
      'the same job runs with 0.5.4',
      'it stops with deepspeed 0.5.5 and runs with 0.5.4',
    ],
    ignores: [
      'the image is built each night with the latest nightly',
      'downgrading the driver to 535 solves it',
      'this script runs on PyTorch 2.4 on each node',
      'the same job runs on 2 nodes',
      'the same job runs with driver 535.104.05',
      'the job runs with torch 2.4.1 and deepspeed 0.14.2',
      'the newest release is 2.4',
      'it does not happen on node-03',
    ],
  },
]);
