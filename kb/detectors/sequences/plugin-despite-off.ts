import type { FindingKind } from '../../schemas/finding-kind.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const despiteOff: FindingKind = {
  id: 'nccl.plugin.ib-despite-off',
  summary: 'NCCL_IB_DISABLE is set and a plugin brings RDMA all the same: it has a variable of its own',
  role: 'cause',
  weighs: { 'nccl-env-misconfig': 3.6, 'net-plugin-mismatch': 0.8 },
  source: 'https://github.com/Mellanox/nccl-rdma-sharp-plugins/blob/master/src/ib_plugin.c',
};

/** NCCL_IB_DISABLE is for NCCL's own verbs transport. The plugin of HPC-X asks NCCL_IBEXT_DISABLE, or is left out by name. */
export const pluginDespiteOff: SequenceDetector<Seen> = {
  id: 'plugin-despite-off',
  kinds: [despiteOff],
  listens: ['nccl.start.setting', 'nccl.start.plugin'],
  follow() {
    let off: LinePlace | null = null;
    let plugin: LinePlace | null = null;
    let plain = false;
    return {
      note(line, { values }) {
        const setting = values?.['setting'];
        if (setting === 'NCCL_IB_DISABLE' && Number(values?.['value']) > 0) off ??= placeOfLine(line);
        if (setting === 'NCCL_IBEXT_DISABLE' && Number(values?.['value']) > 0) plain = true;
        if (ibPlugin.test(String(values?.['plugin'] ?? ''))) plugin ??= placeOfLine(line);
      },
      summary: () => (off === null && plugin === null ? null : { off, plugin, plain }),
    };
  },
  conclude(sources) {
    const seen = sources.map(({ summary }) => summary);
    const plugin = seen.flatMap((one) => one.plugin ?? [])[0];
    const isOff = seen.some(({ off }) => off !== null) && !seen.some(({ plain }) => plain);
    return plugin === undefined || !isOff ? [] : [sequenceFinding(despiteOff.id, despiteOff.role, plugin)];
  },
};

interface Seen {
  readonly off: LinePlace | null;
  readonly plugin: LinePlace | null;
  /** The plugin was switched off as well. */
  readonly plain: boolean;
}

// sees: IBext_v8, IBext, UCX-RDMA: names of the transports of nccl-rdma-sharp-plugins.
const ibPlugin = /^(?:IBext|UCX)/i;
