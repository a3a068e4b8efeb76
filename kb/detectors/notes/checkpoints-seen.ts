import { noteDetector } from './note-patterns.ts';
import { any, near } from './words.ts';

const saving = 'https://pytorch.org/docs/stable/notes/serialization.html';
const checkpointWord =
  '(?:\\b(?:checkpoints?|ckpts?|model files?|weights? files?|state (?:file|dict)|optimi[sz]er states?|shards?|snapshot|save files?|saved models?)\\b|(?<![\\w-])[\\w-]{0,40}\\.(?:pt|pth|bin|ckpt|safetensors|distcp|npz)\\b)';

/** What people see of checkpoints. */
export const checkpointsSeen = noteDetector('notes-checkpoints', [
  {
    id: 'seen.checkpoint.ok',
    summary: 'the checkpoint is whole',
    role: 'context',
    weighs: { 'checkpoint-corruption': -1.3 },
    source: saving,
    saysNot: true,
    pattern: near(
      checkpointWord,
      '\\b(?:not (?:corrupt\\w*|damaged|truncated|empty)|complete|intact|loads fine|valid|whole|(?:checksums?|sizes?|md5) (?:match|agree|(?:is|are) (?:the same|right|fine|as expected)))\\b',
      40,
    ),
    check: (said, sentence) =>
      !/\bnot (?:complete|intact|valid|whole)/i.test(said) &&
      !/\b(?:previous|older|earlier|another|fresh)\b/i.test(sentence),
    sees: ['the checkpoint is intact', 'the checkpoint is not corrupt', 'checkpoint complete: its checksums match'],
    ignores: ['the checkpoint is corrupt', 'the checkpoint is not complete'],
  },
  {
    id: 'seen.checkpoint.incomplete',
    summary: 'a checkpoint was seen empty, short or damaged',
    role: 'cause',
    weighs: { 'checkpoint-corruption': 4.8 },
    source: saving,
    pattern: near(
      checkpointWord,
      '\\b(?:0 ?bytes?|zero bytes|0 ?kb|zero[- ]length|zero size|size (?:is )?0|empty|truncated|smaller|shorter|incomplete|missing|corrupt\\w*|checksum|md5|sha256|size differs|different size|half (?:as|the|written)|cut off|unexpected size|only \\d+ of|damaged|unreadable|partial(?:ly)?|not (?:complete|readable|a zip)|cannot be (?:opened|read|loaded))\\b',
      50,
    ),
    saysNot: true,
    check: (said, sentence) =>
      !/\d ?% empty/i.test(sentence) &&
      !/\bnot (?:empty|truncated|corrupt\w*|damaged)|\b(?:no|never) (?:missing|corrupt\w*|damaged)|\bcomplete and|\bchecksums? (?:match|agree|are (?:fine|the same))|\bsmaller (?:lr|batch|model)/i.test(
        sentence,
      ) &&
      !/\bmissing keys? warning/i.test(said),
    sees: [
      'the checkpoint file has 0 bytes',
      'shard 3 of the checkpoint is missing',
      'model.safetensors is smaller than the one before',
      'the md5 of the ckpt differs: corrupt',
      'optimizer state is truncated',
    ],
    ignores: ['checkpoints go to /scratch, 95 % empty', 'the checkpoint is not corrupt', 'checkpoint every 1000 steps'],
  },
  {
    id: 'seen.checkpoint.interrupted',
    summary: 'the job or node went down while a checkpoint was being written',
    // It tells when the job ended: what ended it may be the writing itself, and nobody has read the file yet.
    role: 'symptom',
    weighs: { 'checkpoint-corruption': 1.3, 'disk-full': 0.5, 'shared-fs-problem': 0.5 },
    source: saving,
    pattern: near(
      '\\b(?:killed|crash\\w*|died|preempted|power loss|rebooted|disk (?:was )?full|interrupted|cancelled|aborted|restarted)\\b',
      '\\b(?:while|during|in the middle of|before)\\b.{0,30}?\\b(?:saving|writing|save|checkpoint(?:ing)?|sync\\w*)\\b',
      40,
    ),
    check: (_said, sentence) => /\b(?:checkpoint|ckpt|sav|writ)/i.test(sentence),
    sees: ['the job was killed while it was writing the checkpoint', 'node crashed during the save'],
    ignores: ['the job was killed while loading data'],
  },
  {
    id: 'seen.checkpoint.resume-only',
    summary: 'it fails only when the job is resumed from a checkpoint',
    role: 'cause',
    weighs: {
      'checkpoint-corruption': 2.8,
      'framework-bug': 1.2,
      'loss-nan-numerics': 0.3,
      'user-code-error': 0.6,
      'gpu-oom': 0.3,
    },
    source: saving,
    pattern: any(
      near(
        '\\b(?:only|right|directly|just|always|immediately)\\b',
        '\\b(?:when|after|on|while) (?:resum\\w+|restor\\w+|re-?load\\w*|loading the checkpoint|restart\\w* from (?:a |the )?checkpoint)\\b',
        30,
      ),
      near(
        '\\b(?:from scratch|fresh (?:start|run)|without (?:the )?checkpoint|new run|an older checkpoint|the previous checkpoint|an earlier checkpoint)\\b',
        '\\b(?:works?|runs?|fine|ok|succeeds?|loads?)\\b',
        40,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) => !/\b(?:does not|\w{1,5}n['’]t) (?:work|run)|\balso\b|\btoo\b/i.test(sentence),
    sees: [
      'fails only when resuming from the checkpoint',
      'a fresh run works',
      'loss jumps right after restoring',
      'an older checkpoint loads fine',
    ],
    ignores: ['also fails from scratch', 'resumed yesterday'],
  },
  {
    id: 'seen.checkpoint.use-fails',
    summary: 'resuming from a checkpoint, or loading or converting it, fails',
    role: 'symptom',
    weighs: { 'checkpoint-corruption': 1.5, 'framework-bug': 0.6, 'user-code-error': 0.5, 'shared-fs-problem': 0.2 },
    source: 'https://github.com/deepspeedai/DeepSpeed/issues/5405',
    pattern: near(
      '\\b(?:resum\\w+|restor\\w+|load(?:ing|s)?|convert\\w*|merg\\w+|consolidat\\w+)\\b.{0,30}?\\b(?:checkpoints?|ckpts?|saved (?:state|model))\\b',
      "\\b(?:fail(?:s|ed)?|ends? with an? (?:error|exception)|crash(?:es|ed)?|raises?|throws?|(?:does|do|did|could|can)(?: not|n['’]t) work|impossible|error)\\b",
      40,
    ),
    sees: [
      'resuming from the checkpoint and converting it both fail',
      'loading the checkpoint ends with an error',
      'it crashes when the saved model is converted: converting the saved model crashes',
    ],
    ignores: ['resuming from the checkpoint works', 'the job crashed after two days'],
  },
]);
