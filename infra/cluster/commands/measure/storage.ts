import { storageSpeed } from '../../physics/measured/storage.ts';
import { complaint, hang, out, wait } from '../play.ts';
import type { Measurement, Verb } from './measurement.ts';

const writtenMib = 1_024;
// What creating, syncing, dropping the file from the cache and comparing it takes beside the data.
const besidesMs = 2_500;

/** 1 GiB written to a file of its own, synced, dropped from the cache, read back, compared and deleted. */
export const storage: Verb = ({ timeline, node, nowMs }, args) => {
  const [mount = '', ...more] = args;
  if (more.length > 0 || mount.length > 255 || !/^(\/[A-Za-z0-9_.-]+)+$/.test(mount)) return null;
  const speed = storageSpeed({ timeline, node, atMs: nowMs }, mount);
  if (speed === null) return null;
  const play: Measurement['play'] = function* play(_context, pid) {
    // The kernel waits for a server that does not answer.
    if (speed.state === 'stale') yield hang('kill');
    if (speed.state === 'read-only') {
      const file = `${mount}/.wardround-measure.${pid}`;
      yield complaint(`/usr/local/bin/wardround-measure: 1: cannot create ${file}: Read-only file system\n`);
      return 2;
    }
    yield wait((writtenMib / speed.writeMibS + writtenMib / speed.readMibS) * 1_000 + besidesMs);
    const rates = [speed.writeMibS, speed.readMibS].map(Math.round);
    yield out(`write_mib_s ${rates[0]}\nread_mib_s ${rates[1]}\nverified yes\n`);
    return 0;
  };
  return {
    tool: 'openssl',
    path: '/usr/bin/openssl',
    device: mount,
    secondsMax: 110,
    gpus: [],
    gpuMib: 0,
    holds: [mount],
    writes: { mount, mib: writtenMib },
    play,
  };
};
