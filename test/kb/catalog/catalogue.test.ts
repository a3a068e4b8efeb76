import { describe, expect, it } from 'vitest';
import { closeness, entriesOf, findEntry, suggestionsFor } from '../../../kb/catalog/catalogue.ts';
import { appliesTo, codeKinds, generationsOf } from '../../../kb/catalog/entry.ts';
import { generationOf, knownGpus } from '../../../kb/catalog/gpu-generations.ts';
import { guidance } from '../../../kb/catalog/guidance.ts';
import { gpuModels } from '../../../kb/catalog/hardware.ts';
import { nvlinkRegisterBits } from '../../../kb/catalog/nvlink-registers.ts';
import { sxidCatalogue, sxidEntryOf } from '../../../kb/catalog/sxid-catalogue.ts';
import { parseTable } from '../../../kb/catalog/table.ts';
import { xidCatalogue, xidEntryOf } from '../../../kb/catalog/xid-catalogue.ts';
import { nvlink5Cases, recoveryActions } from '../../../kb/catalog/xid-decode.ts';
import { xidRows } from '../../../kb/catalog/xid.ts';

describe.each(codeKinds)('the catalogue of %s', (kind) => {
  const entries = entriesOf(kind);

  it('lists every code once and finds it by code and by constant', () => {
    expect(new Set(entries.map(({ code }) => code)).size).toBe(entries.length);
    expect(entries.filter((entry) => findEntry(kind, String(entry.code)) !== entry)).toEqual([]);
    expect(entries.filter((entry) => findEntry(kind, entry.symbol.split(' / ')[0] ?? '')?.code !== entry.code)).toEqual(
      [],
    );
  });

  it('says of every code what it is and where that stands', () => {
    const untold = entries.filter(
      ({ name, words, meaning, source }) =>
        name.length < 2 || words.length < 3 || meaning.length < 12 || !source.startsWith('https://'),
    );
    expect(untold.map(({ code }) => code)).toEqual([]);
  });

  it('names related codes that exist', () => {
    const related = entries.flatMap(({ code, related: others }) => others.map((other) => [code, other] as const));
    const unknown = related.filter(([, other]) => {
      const [of, wanted] = /^(xid|sxid|dcgm|nccl|ib) (\d+)$/.exec(String(other))?.slice(1) ?? [kind, String(other)];
      const known = codeKinds.find((one) => one === of);
      return known === undefined || findEntry(known, wanted ?? '') === undefined;
    });
    expect(unknown).toEqual([]);
  });
});

describe('actions', () => {
  it('are guidance classes that are explained, in every catalogue of NVIDIA', () => {
    const actions = (['xid', 'sxid', 'dcgm'] as const)
      .flatMap(entriesOf)
      .flatMap(({ immediate, followUp }) => [immediate, followUp])
      .concat(nvlink5Cases.flatMap(({ immediate, followUp, promoted }) => [immediate, followUp, promoted]))
      .concat(recoveryActions.map(({ action }) => action))
      .concat(nvlinkRegisterBits.map(({ action }) => action));
    expect([...new Set(actions)].filter((action) => action !== null && !guidance.has(action))).toEqual([]);
  });

  // Rows of https://docs.nvidia.com/deploy/xid-errors/analyzing-xid-catalog.html, read by eye.
  it.each([
    [13, 'RESTART_APP', 'WORKFLOW_XID_13', true],
    [31, 'RESTART_APP', 'WORKFLOW_XID_31', true],
    [43, 'IGNORE', 'CONTACT_SUPPORT', true],
    [45, 'WORKFLOW_XID_45', 'Solo: RESTART_FM; Not Solo: IGNORE (follow other Xid)', true],
    [48, 'WORKFLOW_XID_48', 'WORKFLOW_XID_48', true],
    [63, 'IGNORE', 'IGNORE', true],
    [64, 'RESET_GPU', 'CONTACT_SUPPORT', true],
    [74, 'WORKFLOW_NVLINK_ERR', 'CONTACT_SUPPORT', true],
    [79, 'RESTART_BM', 'CONTACT_SUPPORT', true],
    [94, 'RESTART_APP', 'IGNORE (sympathetic)', true],
    [95, 'RESET_GPU', 'IGNORE (sympathetic)', true],
    [110, 'RESET_GPU', 'INVESTIGATE_SW', false],
    [119, 'RESET_GPU', 'INVESTIGATE_SW', true],
    [121, 'IGNORE', 'CONTACT_SUPPORT', false],
    [137, 'IGNORE', 'XID_137_FLOW', true],
    [144, 'WORKFLOW_NVLINK5_ERR', 'WORKFLOW_NVLINK5_ERR', false],
    [151, 'RESTART_VM', 'CONTACT_SUPPORT', false],
    [154, 'XID_154', 'N/A Informational only regarding another Xid', true],
    [156, 'RESET_GPU', 'IGNORE', false],
    [171, null, null, true],
  ])('of Xid %i on an A100 are %s, then %s', (code, immediate, followUp, applies) => {
    const entry = xidEntryOf.get(code);
    expect(entry).toMatchObject({ immediate, followUp });
    expect(entry === undefined ? undefined : appliesTo(entry, 'A100')).toBe(applies);
  });
});

describe('the Xid catalogue', () => {
  it('has no gap up to the last code of the driver', () => {
    expect(xidCatalogue.map(({ code }) => code)).toEqual(Array.from({ length: 176 }, (_, index) => index + 1));
    expect(xidRows.map(({ code }) => code)).toEqual(xidCatalogue.map(({ code }) => code));
  });

  it('knows which GPUs a code applies to', () => {
    const appliesOn = (code: number) => xidEntryOf.get(code)?.gpus;
    expect(appliesOn(74)).toEqual(['A100', 'H100']);
    expect(appliesOn(149)).toEqual(['B100', 'GB200']);
    expect(appliesOn(16)).toEqual([]);
    expect(appliesOn(173)).toBeNull();
  });

  it('gives hardware rows weight and leaves rows of a program light', () => {
    const weightOf = (code: number) => Math.max(0, ...Object.values(xidRows[code - 1]?.weighs ?? {}));
    for (const code of [48, 64, 74, 79, 94, 95, 119, 140]) expect(weightOf(code)).toBeGreaterThanOrEqual(6);
    for (const code of [8, 11, 13, 25, 31, 43, 45, 69, 68, 84, 126]) expect(weightOf(code)).toBeLessThanOrEqual(1.5);
  });
});

describe('the SXid catalogue', () => {
  it('classes codes as the guide does', () => {
    expect(sxidEntryOf.get(24007)).toMatchObject({ severity: 'fatal', immediate: 'RESET_GPU' });
    expect(sxidEntryOf.get(23001)).toMatchObject({ severity: 'always-fatal', immediate: 'RESET_FABRIC' });
    expect(sxidEntryOf.get(22013)).toMatchObject({ severity: 'non-fatal', immediate: 'IGNORE' });
  });

  it('tells NVSwitches apart by the part of the driver that raises the code', () => {
    const multicast = sxidEntryOf.get(29001);
    expect(multicast === undefined ? undefined : appliesTo(multicast, 'A100')).toBe(false);
    expect(multicast === undefined ? undefined : appliesTo(multicast, 'H100')).toBe(true);
    expect(sxidCatalogue.length).toBeGreaterThan(380);
  });
});

describe('GPU names', () => {
  it('are known in short and as the tools print them', () => {
    expect(
      ['a800', 'A800', 'A800-SXM4-80GB', 'NVIDIA A800-SXM4-80GB', 'NVIDIA A100 80GB PCIe'].map(generationOf),
    ).toEqual(Array.from({ length: 5 }, () => 'A100'));
    expect(['GB200', 'h20', 'H200'].map(generationOf)).toEqual(['GB200', 'H100', 'H100']);
    expect(['a8000', 'rtx 4090', '', 'a'].map(generationOf)).toEqual([undefined, undefined, undefined, undefined]);
    expect(knownGpus.map(generationOf)).not.toContain(undefined);
  });

  it('cover the models whose nominal figures are kept', () => {
    // The code catalogues begin with Ampere; a V100 has nominal figures alone.
    const coded = gpuModels.filter(({ architecture }) => architecture !== 'volta');
    expect(coded.map(({ model }) => generationOf(model))).not.toContain(undefined);
  });
});

describe('helpers of the tables', () => {
  it('refuse a row with a cell too few', () => {
    expect(() => parseTable('1 | a\n2\n', 2)).toThrow('a row has 1 cells instead of 2: 2');
  });

  it('read letters as generations', () => {
    expect([generationsOf('AG'), generationsOf('-'), generationsOf('?')]).toEqual([['A100', 'GB200'], [], null]);
  });

  it('suggest what looks alike', () => {
    expect(suggestionsFor('nccl', 'ncclRemoteEror').map(({ symbol }) => symbol)[0]).toBe('ncclRemoteError');
    expect(suggestionsFor('ib', 'RETRY_EXC').map(({ code }) => code)).toContain(12);
    expect(suggestionsFor('xid', '177').map(({ code }) => code)).toContain(176);
    expect(suggestionsFor('xid', 'qqqqqqqqqqqqqqqqqqqqqqqq')).toEqual([]);
    expect(closeness('abc', 'abd')).toBeCloseTo(1 / 3);
  });
});
