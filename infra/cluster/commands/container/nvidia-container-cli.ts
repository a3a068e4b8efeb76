import { a800 } from '../../physics/a800.ts';
import { driverState, libraryMismatch, moduleLoaded } from '../../physics/driver-state.ts';
import { complained, printed, type NodeCommand } from '../command.ts';
import { listedGpus } from '../nvidia-smi/listed.ts';

/** `nvidia-container-cli -k info` of libnvidia-container 1.14. */
export const nvidiaContainerCli: NodeCommand = {
  name: 'nvidia-container-cli',
  run(context, args) {
    if (args.join(' ') !== '-k info')
      return complained('Usage: nvidia-container-cli [OPTION...] COMMAND [ARG...]\n', 64);
    const { timeline, node, nowMs } = context;
    const { settings } = timeline.segmentAt(nowMs);
    if (!moduleLoaded(settings, node.name, 'nvidia', nowMs))
      return complained('nvidia-container-cli: initialization error: nvml error: driver not loaded\n', 1);
    if (libraryMismatch(settings, node.name, nowMs))
      return complained('nvidia-container-cli: initialization error: nvml error: driver/library version mismatch\n', 1);
    const { module } = driverState(settings, node.name, nowMs);
    const head = `NVRM version:   ${module}\nCUDA version:   ${a800.cudaVersion}\n`;
    const gpus = listedGpus(context);
    if (gpus.some(({ lost }) => lost))
      return complained('nvidia-container-cli: detection error: nvml error: unknown error\n', 1);
    const devices = gpus.map(
      ({ nvmlIndex, uuid, busId }) =>
        `\nDevice Index:   ${nvmlIndex}\nDevice Minor:   ${nvmlIndex}\nModel:          ${a800.model}\nBrand:          Nvidia\nGPU UUID:       ${uuid}\nBus Location:   ${busId}\nArchitecture:   8.0\n`,
    );
    return printed(head + devices.join(''));
  },
};
