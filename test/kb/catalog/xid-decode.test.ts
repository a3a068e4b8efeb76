import { describe, expect, it } from 'vitest';
import { readNvlink5, readNvlinkRegisters, readRecoveryAction } from '../../../kb/catalog/xid-decode.ts';

describe('an NVLink 5 message', () => {
  // Lines of gpud's tests and of NVIDIA/open-gpu-kernel-modules issues.
  it.each([
    [
      '149, NETIR_LINK_EVT Fatal XC0 i0 Link 00 (0x025001c6 0x00000000 0x0)',
      149,
      37,
      'RESET_GPU',
      'INVESTIGATE_PEER_DEVICE',
    ],
    [
      '149, NETIR_LINK_EVT Fatal XC0 i0 Link 08 (0x004505c6 0x00000000 0x0)',
      149,
      4,
      'RESET_GPU',
      'INVESTIGATE_LINK_SI',
    ],
    ['149, NETIR Fatal XC0 i0 Link -1 (0x000fe406 0x00000000 0x0)', 149, 0, 'RESET_GPU', 'SYMPATHETIC_REPORT_SOLO'],
    [
      '149, NETIR_BER_EVENT Nonfatal XC0 i0 Link 01 (0x00082226 0x00000001 0x0)',
      149,
      0,
      'IGNORE',
      'INVESTIGATE_LINK_SI_AND_CABLES',
    ],
    [
      '145, pid=11436, name=cache_mgr_main, RLW_SRC_TRACK Nonfatal XC1 i0 Link 03 (0x040868e2 0x00000008 0x0)',
      145,
      0,
      'XID_154_EVAL',
      'IGNORE',
    ],
    ['145, RLW_REMAP Fatal XC0 i0 Link 00 (0x00000004 0x00000040 0x0)', 145, 0, 'RESET_GPU', 'CONTACT_SUPPORT'],
    ['150, MSE_WATCHDOG Fatal XC0 i0 Link 00 (0x00000000 0x00000000 0x0)', 150, 0, 'RESET_GPU', 'CONTACT_SUPPORT'],
  ])('%s', (message, code, reason, immediate, followUp) => {
    const reading = readNvlink5(code, `NVRM: Xid (PCI:0000:04:00): ${message}`);
    expect(reading).toMatchObject({ immediate, reason, found: { followUp } });
  });

  it('takes the other action when the driver made the error fatal', () => {
    const line = (severity: string) =>
      `NVRM: Xid (PCI:0018:01:00): 145, RLW_RXPIPE ${severity} XC0 i0 Link 13 (0x0009a0c2 0x00000001 0x00000000)`;
    expect(readNvlink5(145, line('Nonfatal'))).toMatchObject({ fatal: false, link: 13, immediate: 'IGNORE' });
    expect(readNvlink5(145, line('Fatal'))).toMatchObject({ fatal: true, immediate: 'RESET_GPU' });
  });

  it('is read as far as it goes when the table has no such case', () => {
    const reading = readNvlink5(
      149,
      'Xid (PCI:0000:04:00): 149, NETIR_NEW Fatal XC0 i0 Link 02 (0x00000001 0x00000099 0x0)',
    );
    expect(reading).toMatchObject({
      unit: 'NETIR_NEW',
      link: 2,
      errorStatus: 0x99,
      found: undefined,
      immediate: undefined,
    });
    expect(readNvlink5(149, 'Xid (PCI:0000:04:00): 149, pid=1, name=python')).toBeUndefined();
  });
});

describe('an Xid 74 message', () => {
  it('is read bit by bit', () => {
    const line =
      'NVRM: Xid (PCI:0000:07:00): 74, NVLink: fatal error detected on link 9(0x10000, 0x0, 0x10000, 0x0, 0x0, 0x0, 0x0)';
    expect(readNvlinkRegisters(line).map(({ register, bit, says }) => [register, bit, says?.kind])).toEqual([
      [1, 16, 'hardware'],
      [3, 16, 'report'],
    ]);
  });

  it('names bits that the workflow does not know as such', () => {
    expect(readNvlinkRegisters('(0x4, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0)')).toEqual([
      { register: 1, bit: 2, says: undefined },
    ]);
    expect(readNvlinkRegisters('no registers here')).toEqual([]);
  });

  it('reads the top bit, which no signed shift may lose', () => {
    expect(readNvlinkRegisters('(0x80000000, 0x0, 0x0, 0x0, 0x0)').map(({ bit }) => bit)).toEqual([31]);
  });
});

describe('an Xid 154 message', () => {
  it('says which recovery is needed', () => {
    const line = (to: string) =>
      `NVRM: Xid (PCI:0000:b3:00): 154, GPU recovery action changed from 0x0 (None) to 0x2 (${to})`;
    expect(readRecoveryAction(line('Node Reboot Required'))?.action).toBe('RESTART_BM');
    expect(readRecoveryAction(line('Drain and Reset'))?.action).toBe('DRAIN_AND_RESET');
    expect(readRecoveryAction(line('Something New'))).toBeUndefined();
  });
});
