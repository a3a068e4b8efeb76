import { describe, expect, it } from 'vitest';
import {
  compareSeverity,
  recoveryOf,
  remainsOf,
  slowdownTolerance,
  type Severity,
} from '../../../workflows/domain/severity.ts';

const broken: Severity = {
  faults: 1,
  approvedCapacityLossGpus: 0,
  failingProbes: 1,
  unreadProbes: 0,
  firingAlerts: 1,
  slowdownRatio: 3.1,
};
const healthy: Severity = { ...broken, faults: 0, failingProbes: 0, firingAlerts: 0, slowdownRatio: 1 };

describe('severity before and after', () => {
  it('is better when nothing got worse and something got better', () => {
    expect(compareSeverity(broken, healthy)).toBe('better');
    expect(compareSeverity(broken, { ...broken, firingAlerts: 0 })).toBe('better');
  });

  it('is worse when any component got worse, whatever else got better', () => {
    expect(compareSeverity(broken, { ...healthy, failingProbes: 2 })).toBe('worse');
    expect(compareSeverity(broken, { ...healthy, slowdownRatio: 4 })).toBe('worse');
  });

  it('is the same within the tolerance of a run', () => {
    expect(compareSeverity(broken, { ...broken, slowdownRatio: 3.1 + slowdownTolerance * 0.9 })).toBe('same');
  });

  it('is inconclusive when a probe could not be read or the speed not be measured', () => {
    expect(compareSeverity(broken, { ...healthy, unreadProbes: 1 })).toBe('inconclusive');
    expect(compareSeverity(broken, { ...healthy, slowdownRatio: null })).toBe('inconclusive');
  });

  it('takes a job that makes no step for the worst speed there is, and its return for better', () => {
    const dead = { ...broken, slowdownRatio: null, jobStopped: true };
    expect(compareSeverity(dead, { ...dead, jobStopped: false, slowdownRatio: 1.05 })).toBe('better');
    expect(compareSeverity(broken, { ...healthy, slowdownRatio: null, jobStopped: true })).toBe('worse');
  });

  it('does not take metrics that are gone for a job that goes on again', () => {
    const dead = { ...broken, slowdownRatio: null, jobStopped: true };
    const { jobStopped: _gone, ...unknown } = dead;
    expect(compareSeverity(dead, unknown)).toBe('same');
    expect(compareSeverity(dead, { ...unknown, failingProbes: 0 })).toBe('better');
    expect(compareSeverity(unknown, { ...dead, failingProbes: 0 })).toBe('inconclusive');
  });

  it('does not take alerts that could not be asked for as none', () => {
    const unread = { ...broken, firingAlerts: 0, alertsUnread: true } as const;
    expect(compareSeverity(broken, unread)).toBe('inconclusive');
    expect(compareSeverity(unread, { ...broken, firingAlerts: 2 })).toBe('same');
    expect(recoveryOf({ ...healthy, alertsUnread: true }, 1).text).toContain('the alerts could not be asked for');
  });

  it('leaves only trouble that was measured: what could not be read is none', () => {
    expect(remainsOf(healthy)).toBeNull();
    expect(remainsOf({ ...healthy, unreadProbes: 2, alertsUnread: true, slowdownRatio: null })).toBeNull();
    expect(remainsOf({ ...healthy, slowdownRatio: 1 + slowdownTolerance / 2 })).toBeNull();
    expect(remainsOf({ ...healthy, slowdownRatio: 1.4 })).toBe('steps take 1.40 times the healthy median');
    expect(remainsOf({ ...healthy, firingAlerts: 2, jobStopped: true })).toBe(
      '2 alert(s) still fire; the job makes no step',
    );
    // The gauge of an Xid stays up after the reset; the job goes as it should.
    expect(remainsOf({ ...healthy, firingAlerts: 2 })).toBeNull();
    expect(remainsOf({ ...healthy, firingAlerts: 2, slowdownRatio: null })).toBe('2 alert(s) still fire');
  });

  it('expects the work of the nodes that the plan took out to take longer on the others', () => {
    const before = { ...broken, slowdownRatio: 1 };
    const onFewer = { ...healthy, slowdownRatio: 1.12 };
    expect(compareSeverity(before, onFewer)).toBe('worse');
    expect(compareSeverity(before, { ...onFewer, expectedRatio: 10 / 9 })).toBe('better');
    expect(compareSeverity(before, { ...onFewer, slowdownRatio: 1.4, expectedRatio: 10 / 9 })).toBe('worse');
  });

  it('does not hold capacity against the repair that the plan took out on purpose', () => {
    expect(compareSeverity(broken, { ...healthy, approvedCapacityLossGpus: 8 })).toBe('better');
  });
});
