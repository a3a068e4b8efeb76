import { dcgmi } from '../dcgmi.ts';
import { troubled } from '../trouble.ts';
import type { Verb } from './measurement.ts';

/** `dcgmi diag -r 2 -j`: DCGM's host engine runs the tests, a little over a minute on eight GPUs. */
export const dcgm: Verb = ({ node }, args) =>
  args.length > 0
    ? null
    : {
        tool: 'dcgmi',
        path: '/usr/bin/dcgmi',
        device: 'gpus',
        secondsMax: 110,
        gpus: node.gpus,
        gpuMib: contextMib,
        holds: [],
        // A host engine that answers nobody keeps dcgmi waiting until its time is up.
        play: (context) => troubled(context, 'dcgmi', dcgmi.play(context, ['diag', '-r', '2', '-j'])),
      };

// A CUDA context without data; assumed.
const contextMib = 420;
