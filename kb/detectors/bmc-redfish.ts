import { lineDetector } from './line-patterns.ts';

const openBmc =
  'https://github.com/openbmc/bmcweb/blob/master/redfish-core/include/registries/openbmc_message_registry.hpp';
const registries = 'https://redfish.dmtf.org/registries/';

/** Events of management controllers in the words of the standard Redfish registries and of OpenBMC's own. */
export const bmcRedfish = lineDetector('bmc-redfish', [
  {
    id: 'redfish.gpu.hot',
    summary: 'the management controller reads a GPU as too hot',
    role: 'cause',
    weighs: { 'gpu-clock-throttle': 3.6, 'facility-fault': 1.2, 'host-hardware-fault': 1 },
    source: registries,
    literals: ["temperature '", "sensor '", 'sensor crossed a critical high threshold'],
    pattern:
      /(?:Temperature|Sensor) '[^'\n]{0,40}(?:GPU|SXM)[^'\n]{0,40}' reading of [\d.]{1,9} [^\n]{1,24} (?:(?<!no longer )exceeds the (?:critical|fatal) level|is above the [\d.]{1,9} upper (?:critical|fatal) threshold)|\b\w{0,30}(?:GPU|SXM)\w{0,30}[Tt][Ee][Mm][Pp]\w{0,20} sensor crossed a critical high threshold going high/,
    sees: [
      "Temperature 'HGX_GPU_SXM_3_TEMP_0' reading of 95 degrees (C) is above the 92 upper critical threshold.",
      'HGX_GPU_SXM_3_TEMP_0 sensor crossed a critical high threshold going high. Reading=95.000000 Threshold=92.000000.',
    ],
    ignores: [
      "Temperature 'HGX_GPU_SXM_3_TEMP_0' reading of 55 degrees (C) is within normal operating range.",
      "Temperature 'Exhaust' reading of 95 degrees (C) is above the 92 upper critical threshold.",
    ],
  },
  {
    id: 'redfish.sensor.critical',
    summary: 'a sensor of the server is beyond its critical limit',
    role: 'cause',
    weighs: { 'host-hardware-fault': 2, 'facility-fault': 1.4, 'gpu-clock-throttle': 1 },
    source: registries,
    literals: ["' reading of ", 'sensor crossed a critical'],
    pattern:
      /(?:Temperature|Voltage|Current|Power|Frequency|Sensor) '(?![^'\n]{0,40}(?:[Ii]nlet|[Aa]mbient))[^'\n]{1,80}' reading of -?[\d.]{1,9} [^\n]{1,24} (?:(?<!no longer )exceeds the (?:critical|fatal) level|is above the [\d.]{1,9} upper (?:critical|fatal) threshold|is below the -?[\d.]{1,9} lower (?:critical|fatal) threshold)|\b(?!\w{0,30}(?:[Ii]nlet|[Aa]mbient))\w{2,60} sensor crossed a critical (?:high threshold going high|low threshold going low)/,
    sees: [
      "Voltage 'P12V_AUX' reading of 10.1 volts is below the 10.8 lower critical threshold.",
      'PSU1_Temp sensor crossed a critical high threshold going high. Reading=99 Threshold=95.',
    ],
    ignores: [
      "Voltage 'P12V_AUX' reading of 13.1 volts no longer exceeds the critical level.",
      "Voltage 'P12V_AUX' reading of 12.1 volts is within normal operating range.",
      "Temperature 'CPU1' reading of 90 degrees (C) is now below the 95 upper critical threshold but remains outside of normal range.",
      'PSU1_Temp sensor crossed a critical high threshold going low. Reading=80 Threshold=95.',
    ],
  },
  {
    id: 'redfish.air.hot',
    summary: 'the management controller reads the air that the server draws in as too warm',
    role: 'cause',
    weighs: { 'facility-fault': 4.6, 'host-hardware-fault': 0.8, 'gpu-clock-throttle': 0.6 },
    source: registries,
    literals: ["' reading of ", 'sensor crossed a critical'],
    pattern:
      /(?:Temperature|Sensor) '[^'\n]{0,40}(?:[Ii]nlet|[Aa]mbient)[^'\n]{0,40}' reading of [\d.]{1,9} [^\n]{1,24} (?:(?<!no longer )exceeds the (?:critical|fatal) level|is above the [\d.]{1,9} upper (?:critical|fatal) threshold)|\b\w{0,30}(?:[Ii]nlet|[Aa]mbient)\w{0,30} sensor crossed a critical high threshold going high/,
    sees: [
      "Temperature 'Inlet_0' reading of 45 degrees (C) is above the 42 upper critical threshold.",
      'Inlet_BRD_Temp sensor crossed a critical high threshold going high. Reading=45 Threshold=42.',
    ],
    ignores: ["Temperature 'Inlet_0' reading of 25 degrees (C) is within normal operating range."],
  },
  {
    id: 'redfish.liquid.leak',
    summary: 'liquid cooling leaks, or its pump or flow failed',
    role: 'cause',
    weighs: { 'facility-fault': 3.4, 'host-hardware-fault': 2.6, 'gpu-clock-throttle': 0.6 },
    source: registries,
    literals: ['leak', "pump '", "pump group '", "flow rate '", "fluid level '", 'liquid cool'],
    pattern:
      /Leak detector '[^'\n]{1,80}' reports a (?:critical|warning) level leak|Pump (?:group )?'[^'\n]{1,80}' (?:has failed|is in a critical state)|(?:Flow rate|Fluid level) '[^'\n]{1,80}' reading (?:of [\d.]{1,9} [^\n]{1,12} (?:is below the [\d.]{1,9} lower (?:critical|fatal)|exceeds the (?:critical|fatal))|violates the critical)|[Ll]iquid cool\w{2,5} (?:system )?(?:leak(?:age)? (?:is |was )?detected|leakage sensor \S{1,40} reported leaking)|CRITICAL (?:SYSTEM|system) (?:LEAK|leak) detected/,
    sees: [
      "Leak detector 'Chassis_0_LeakDetector_1' reports a critical level leak.",
      'Liquid cooling leakage sensor leak1 reported leaking',
      "Flow rate 'CDU_1_Primary' reading of 12 L/min is below the 20 lower critical threshold.",
    ],
    ignores: [
      "Leak detector 'Chassis_0_LeakDetector_1' has returned to normal.",
      'Liquid cooling leakage sensor leak1 recovered from leaking',
      'memory leak detected in worker 3',
    ],
  },
  {
    id: 'redfish.power.input-lost',
    summary: 'a power input of the server, or its circuit, lost its supply',
    role: 'cause',
    weighs: { 'facility-fault': 3.8, 'host-hardware-fault': 2 },
    echoes: ['power.supply.failed'],
    source: registries,
    literals: ['input power', "circuit '", "outlet '", "breaker '", 'power lost.'],
    pattern:
      /Loss of input power at '|Line input power fault at '|(?:Circuit|Outlet) '[^'\n]{1,60}' powered off|Fault detected in breaker '|\b[Pp]ower supply \S{1,40} power lost\./,
    sees: [
      "Loss of input power at 'PSU_2'.",
      "Circuit 'A' powered off.",
      'Power supply PSU2 power lost.',
      "Fault detected in breaker 'B12'.",
    ],
    ignores: [
      "Line input power at 'PSU_2' was restored.",
      "Outlet 'A3' powered on.",
      'Power supply PSU2 power restored.',
    ],
  },
  {
    id: 'redfish.part.failed',
    summary: 'the management controller reports a failed part: CPU, memory, fan, interconnect',
    role: 'cause',
    weighs: { 'host-hardware-fault': 4.2 },
    echoes: ['bmc.hardware-error', 'cpu.machine-check'],
    source: openBmc,
    literals: [
      'ecc uncorrectable error. socket=',
      'parity error. socket=',
      'thermtrip asserted',
      'cpu error occurred',
      ' thermal trip.',
      'upi link width reduced',
      "fan '",
      "fan group '",
      'redundancy state degraded. socket=',
      'voltage regulator overheated',
    ],
    pattern:
      /Memory ECC uncorrectable error\. Socket=|(?:Memory|Command and Address) parity error\. Socket=|Memory ThermTrip asserted|CPU Error Occurred: |\bCPU \S{1,12} Thermal Trip\.|UPI link width reduced to (?:half|quarter)|\bFan '[^'\n]{1,60}' has failed|\bFan group '[^'\n]{1,60}' is in a critical state|Mirroring redundancy state degraded\. Socket=|Voltage Regulator Overheated\./,
    sees: [
      'Memory ECC uncorrectable error. Socket=1 Channel=3 DIMM=0 Rank=1.',
      'CPU Error Occurred: CATERR.',
      "Fan 'FAN_3' has failed.",
      'Intel UPI link width reduced to half. Node=1.',
    ],
    ignores: ['Memory ECC correctable error. Socket=1 Channel=3 DIMM=0 Rank=1.', "Fan 'FAN_3' was restored."],
  },
  {
    id: 'redfish.pcie.fatal',
    summary: 'the management controller reports a fatal error on PCIe',
    role: 'cause',
    weighs: { 'host-hardware-fault': 3.2, 'gpu-fell-off-bus': 2, 'rdma-link-fault': 0.4 },
    echoes: ['pcie.aer.uncorrected', 'bmc.hardware-error'],
    source: openBmc,
    literals: ['pcie fatal ', 'legacy pci '],
    pattern: /\bPCIe Fatal [A-Z][\w -]{3,60}\. Bus=|Legacy PCI (?:SERR|PERR)\. Bus=/,
    sees: [
      'PCIe Fatal Surprise Link Down Error. Bus=193 Device=0 Function=0.',
      'PCIe Fatal Completion Timeout. Bus=193 Device=0 Function=0.',
      'Legacy PCI SERR. Bus=0 Device=3 Function=0.',
    ],
    ignores: ['PCIe Correctable Bad TLP. Bus=193 Device=0 Function=0.'],
  },
  {
    id: 'redfish.corrected',
    summary: 'the management controller reports errors that were corrected',
    role: 'context',
    weighs: { 'host-hardware-fault': 0.8, 'gpu-fell-off-bus': 0.3 },
    source: openBmc,
    literals: ['pcie correctable ', 'ecc correctable error. socket=', 'adddc correctable'],
    pattern:
      /\bPCIe Correctable [A-Z][\w -]{3,60}\. Bus=|Memory ECC correctable error\. Socket=|ADDDC Correctable Error\.? ?Socket=/,
    sees: [
      'PCIe Correctable Bad TLP. Bus=193 Device=0 Function=0.',
      'Memory ECC correctable error. Socket=1 Channel=3 DIMM=0 Rank=1.',
    ],
    ignores: ['PCIe Fatal ECRC Error. Bus=193 Device=0 Function=0.'],
  },
  {
    id: 'redfish.network.link-lost',
    summary: 'a port of an adapter or a switch lost its cable or its link, or flaps',
    role: 'cause',
    weighs: { 'rdma-link-fault': 4, 'facility-fault': 0.6, 'host-hardware-fault': 0.5 },
    source: registries,
    literals: [
      'cable was removed from ',
      'connection is no longer active for network adapter',
      'established and dropped',
      'link has gone down on port',
      'degraded network connection was established',
      "' port '",
      'running in a degraded state',
    ],
    pattern:
      /A cable was removed from (?:network adapter|switch) '|connection is no longer active for network adapter '|was established and dropped '?\d{1,6}'? times in the last|link has gone down on port '|[Aa] degraded network connection was established|Switch '[^'\n]{1,60}' port '[^'\n]{1,30}' (?:has failed and is inoperative|is in a degraded state)|link is established on port '[^'\n]{1,30}', but is running in a degraded state/,
    sees: [
      "A cable was removed from network adapter 'CX7_0' port '1'.",
      "Switch 'leaf-3' downstream link has gone down on port '12'.",
      "The network connection for network adapter 'CX7_0' port '1' function '0' was established and dropped '12' times in the last '5' minutes.",
    ],
    ignores: [
      "A network cable was inserted into network adapter 'CX7_0' port '1'.",
      "Switch 'leaf-3' port '12' was automatically enabled.",
    ],
  },
  {
    id: 'redfish.switch.failed',
    summary: 'a switch reports itself failed',
    role: 'cause',
    weighs: { 'rdma-link-fault': 3, 'facility-fault': 3 },
    source: registries,
    literals: ["switch '", 'mlag '],
    pattern:
      /Switch '[^'\n]{1,60}' (?:has failed and is inoperative|is in a degraded state)|MLAG (?:peer switch '[^'\n]{1,60}' with MLAG ID '[^'\n]{1,30}'|interface '[^'\n]{1,60}' on switch '[^'\n]{1,60}') is down/,
    sees: ["Switch 'leaf-3' has failed and is inoperative.", "MLAG peer switch 'leaf-4' with MLAG ID '3' is down."],
    ignores: ["Switch 'leaf-3' has returned to a functional state."],
  },
  {
    id: 'redfish.mtu.dropped',
    summary: 'a port of a switch dropped packets that were larger than its MTU',
    role: 'cause',
    weighs: { 'mtu-mismatch': 5.4 },
    source: registries,
    literals: ['packets with a larger size were dropped'],
    pattern: /MTU size on switch [^\n]{1,120}packets with a larger size were dropped/,
    sees: [
      "MTU size on switch 'leaf-3' port '12' is set to 1500.  One or more packets with a larger size were dropped.",
    ],
    ignores: ["MTU size on switch 'leaf-3' port '12' is set to 9216."],
  },
  {
    id: 'redfish.drive.failed',
    summary: 'the management controller reports a failed drive, volume or controller',
    role: 'cause',
    weighs: { 'host-hardware-fault': 2.8, 'checkpoint-corruption': 0.3 },
    source: registries,
    literals: ['condition for the ', 'the volume ', 'drive error occurred'],
    pattern:
      /A (?:failure|predictive failure|missing) condition for the (?:drive|storage controller|battery) located in '[^'\n]{1,60}' was detected|An offline condition for the drive located in '[^'\n]{1,60}' was detected|The volume '[^'\n]{1,60}' attached to the storage controller located in '[^'\n]{1,60}' (?:has failed|is degraded|is offline)|Drive Error Occurred: /,
    sees: [
      "A failure condition for the drive located in 'Bay 3' was detected.",
      "The volume 'VD0' attached to the storage controller located in 'Slot 2' is degraded.",
      'Drive Error Occurred: NVMe_3.',
    ],
    ignores: ["A failure condition for the drive located in 'Bay 3' was cleared."],
  },
  {
    // The property may be a clock, a link or a memory; which of them is for the operating system's log to say.
    id: 'redfish.gpu.part-in-error',
    summary: 'the management controller says that a GPU, its switch or its board is in error',
    role: 'context',
    weighs: {
      'host-hardware-fault': 1.4,
      'gpu-fell-off-bus': 1,
      'nvlink-fabric-error': 0.8,
      'gpu-ecc-uncorrectable': 0.8,
    },
    source: registries,
    literals: ['the resource property ', 'the health of resource '],
    pattern:
      /The resource property [^\n]{0,60}(?:GPU|SXM|NVSwitch|Baseboard|HGX|FPGA)[^\n]{0,60} has detected errors of type|The health of resource [`'][^\n`']{0,80}(?:GPU|SXM|NVSwitch|Baseboard|HGX|FPGA)[^\n`']{0,60}[`'] has changed to (?:Critical|Warning)/,
    sees: [
      "The resource property GPU_SXM_3 PCIe Link has detected errors of type 'Uncorrectable'.",
      'The health of resource `/redfish/v1/Systems/HGX_Baseboard_0/Processors/GPU_SXM_3` has changed to Critical.',
    ],
    ignores: ['The health of resource `/redfish/v1/Systems/HGX_Baseboard_0/Processors/GPU_SXM_3` has changed to OK.'],
  },
  {
    id: 'redfish.host.stopped',
    summary: 'the management controller saw the operating system crash or its watchdog run out',
    role: 'context',
    weighs: { 'host-hardware-fault': 1.2, 'gpu-driver-bug': 0.6 },
    source: registries,
    literals: ['an operating system crash occurred', 'host watchdog event'],
    pattern: /An operating system crash occurred|Host Watchdog Event: /,
    sees: ['An operating system crash occurred.', 'Host Watchdog Event: Power Cycle'],
    ignores: ['Host system DC power is on'],
  },
]);
