import type { Scene, Weighed } from './scene.ts';
import { checkpoint } from './components/checkpoint.ts';
import { computeClock } from './components/compute-clock.ts';
import { input } from './components/input.ts';
import { memory } from './components/memory.ts';
import { network } from './components/network.ts';
import { nvlink } from './components/nvlink.ts';
import { pcie } from './components/pcie.ts';

const components: readonly ((scene: Scene) => readonly Weighed[])[] = [
  computeClock,
  memory,
  nvlink,
  pcie,
  network,
  input,
  checkpoint,
];

// A hint that explains nothing comes after every number; evidence of a fault without a number counts as a third.
const unknownShare = [0, 0.15, 0.35] as const;
const evidenceShownMax = 12;

/** What the slowdown is consistent with, strongest first; empty where nothing is. */
export function weighComponents(scene: Scene): readonly Weighed[] {
  return components
    .flatMap((component) => component(scene))
    .map((evidence) => ({ evidence, weight: evidence.explains ?? unknownShare[evidence.strength] }))
    .toSorted((a, b) => b.weight - a.weight || b.evidence.strength - a.evidence.strength)
    .slice(0, evidenceShownMax)
    .map(({ evidence }) => evidence);
}
