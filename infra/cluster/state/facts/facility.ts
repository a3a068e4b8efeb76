import type { FactKind } from './kind.ts';

/** Causes in the building: racks (`rack-02`) and power units (`pdu-03`). */
export const facilityFacts = [
  {
    name: 'rack.inlet-c',
    place: 'rack',
    healthy: 24,
    unit: 'C',
    summary: 'temperature of the air that goes into the nodes of a rack',
    clearedBy: [],
  },
  {
    name: 'power-unit.brake',
    place: 'power-unit',
    healthy: false,
    summary: 'the power unit asks its nodes to brake: their GPUs halve their clocks',
    clearedBy: [],
  },
] as const satisfies readonly FactKind[];
