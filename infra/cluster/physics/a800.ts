/** What the simulated accelerator is: A800 SXM4 80GB, an A100 with fewer NVLinks. */
export const a800 = {
  model: 'NVIDIA A800-SXM4-80GB',
  driverVersion: '550.90.07',
  cudaVersion: '12.4',
  vbios: '92.00.9E.00.01',
  inforom: 'G506.0212.00.01',
  // NVIDIA A100 data sheet (boost clock) and `nvidia-smi -q -d SUPPORTED_CLOCKS` on that board: 210 to 1410 MHz in steps of 15.
  smMhzMax: 1410,
  smMhzMin: 210,
  smMhzStep: 15,
  memoryMhz: 1593,
  // `nvidia-smi -q -d POWER` on A100/A800 SXM4: default and maximum 400 W, minimum 100 W.
  powerLimitW: 400,
  powerLimitMinW: 100,
  powerLimitMaxW: 400,
  memoryTotalMib: 81_920,
  // A800: 400 GB/s of NVLink in both directions, that is 8 links of 25 GB/s each way (A100 has 12).
  nvlinks: 8,
  nvlinkGbs: 25,
  pcieGeneration: 4,
  pcieWidth: 16,
} as const;

/** NVML `nvmlClocksEventReason*` bits (nvml.h). */
export const clockReason = {
  idle: 0x1,
  applicationsClocksSetting: 0x2,
  swPowerCap: 0x4,
  hwSlowdown: 0x8,
  syncBoost: 0x10,
  swThermalSlowdown: 0x20,
  hwThermalSlowdown: 0x40,
  hwPowerBrakeSlowdown: 0x80,
  displayClockSetting: 0x100,
} as const;
