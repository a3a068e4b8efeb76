import type { ProbeCases } from '../probe-case.ts';
import { gpuApplicationClocksCases, gpuRetiredPagesCases } from './gpu-clock-pages.ts';
import { gpuDcgmStressCases } from './gpu-dcgm-stress.ts';
import { gpuDcgmDiagCases, gpuDcgmHealthCases, gpuFieldsOverTimeCases } from './gpu-dcgm.ts';
import {
  fabricmanagerLogCases,
  fabricmanagerVersionCases,
  gpuDriverCases,
  gpuModuleVersionsCases,
} from './gpu-driver.ts';
import { pcieAerCases } from './gpu-pcie.ts';
import { gpuComputeModeCases, gpuMigCases, gpuPersistenceCases, gpuVbiosCases } from './gpu-settings.ts';
import { gpuTopologyCases, nvlinkErrorsCases, nvlinkRemoteCases } from './gpu-topology.ts';

export const gpuCases: Readonly<Record<string, ProbeCases>> = {
  'gpu.compute-mode': gpuComputeModeCases,
  'gpu.mig': gpuMigCases,
  'gpu.persistence': gpuPersistenceCases,
  'gpu.vbios': gpuVbiosCases,
  'gpu.driver': gpuDriverCases,
  'gpu.module-versions': gpuModuleVersionsCases,
  'gpu.topology': gpuTopologyCases,
  'gpu.retired-pages': gpuRetiredPagesCases,
  'gpu.application-clocks': gpuApplicationClocksCases,
  'gpu.dcgm-health': gpuDcgmHealthCases,
  'gpu.dcgm-diag': gpuDcgmDiagCases,
  'gpu.dcgm-stress': gpuDcgmStressCases,
  'gpu.fields-over-time': gpuFieldsOverTimeCases,
  'nvlink.errors': nvlinkErrorsCases,
  'nvlink.remote': nvlinkRemoteCases,
  'pcie.aer': pcieAerCases,
  'fabricmanager.version': fabricmanagerVersionCases,
  'fabricmanager.log': fabricmanagerLogCases,
};
