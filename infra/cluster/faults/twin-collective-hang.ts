import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

export const twinHangNccl = defineFault({
  id: 'twin-hang-nccl',
  kind: 'twin',
  twin: 'twin-hang-framework',
  summary: 'all ranks wait in one collective for ever, by a race in NCCL; looks like twin-hang-framework',
  categories: ['nccl-bug'],
  place: 'job',
  heals: 'another NCCL release, which only a change of it proves',
  causes: ({ place }) => [setFact('alike.collective-hang', place, 'library')],
});

export const twinHangFramework = defineFault({
  id: 'twin-hang-framework',
  kind: 'twin',
  twin: 'twin-hang-nccl',
  summary:
    'all ranks wait in one collective for ever, as the framework reuses a buffer too early; looks like twin-hang-nccl',
  categories: ['framework-bug'],
  place: 'job',
  heals: 'another release of the framework, which only a change of it proves',
  causes: ({ place }) => [setFact('alike.collective-hang', place, 'framework')],
});
