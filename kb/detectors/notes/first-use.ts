import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

const starter =
  '(?:(?:a|the|any|one|some|another) )?(?:\\w+ ){0,2}?(?:gpu|cuda|nvidia|docker)[- ]?(?:\\w+ ){0,2}?(?:containers?|programs?|process(?:es)?|samples?|jobs?|applications?|tests?)|nvidia-smi|nvidia-modprobe|nvidia-persistenced|devicequery|modprobe nvidia\\S{0,8}|a cuda context';
const works =
  '(?:works?|worked|starts?|started|runs?|(?:is|are) (?:fine|ok|there|found|visible)|(?:is|are) gone|goes away|(?:no|without) (?:more )?(?:errors?|problems?))';

/** What a first use of the GPUs on the host brings about: it loads modules and makes device files, and lasts until the next start. */
export const firstUseSeen = noteDetector('notes-first-use', [
  {
    id: 'seen.driver.works-after-first-use',
    summary: 'it works once something on the host has used the GPUs before',
    role: 'cause',
    weighs: { 'driver-version-mismatch': 3.4, 'container-toolkit-misconfig': 0.8 },
    source: 'https://docs.nvidia.com/cuda/cuda-installation-guide-linux/index.html#device-node-verification',
    pattern: any(
      new RegExp(
        `\\b(?:once|after|as soon as|if|when)\\b (?:${starter})\\b.{0,40}?\\b(?:(?:has|have|had) (?:been )?(?:once )?(?:run|started|called|executed|used)|(?:is|was|were|are) (?:run|started|called|executed|loaded|made)|runs?|ran)\\b.{0,60}?\\b${works}\\b`,
      ),
      new RegExp(
        `\\b(?:after|by) (?:first )?(?:running|calling|starting|executing|creating|loading|doing)\\b (?:${starter}).{0,60}?\\b${works}\\b`,
      ),
      new RegExp(
        `\\b${works}\\b.{0,30}?\\b(?:only |but only )?(?:once|after|as soon as)\\b (?:(?:running|calling|starting|executing|creating|loading) )?(?:${starter})\\b.{0,40}?\\b(?:on|of|from|outside|first|before|host|ran|run|called|started)\\b`,
      ),
    ),
    check: (_said, sentence) =>
      /\b(?:hosts?|outside|machines?|nodes?|server|before|first|once|boot|reboot|start)\b/i.test(sentence) &&
      !/\b(?:stops?|no longer|until|killed|hangs? after|fails? after|still|does not|n['’]t|not)\b/i.test(sentence),
    sees: [
      'once a GPU docker container has been run on the same host, the job works there',
      'after running nvidia-smi on the host the containers start',
      'it works only after nvidia-modprobe was called on the node',
      'once a CUDA program was run on the host as root, it works',
    ],
    ignores: [
      'after running nvidia-smi on the host the containers still fail',
      'the job runs in a container on the host',
      'once the other container has been killed, it works',
    ],
  },
]);
