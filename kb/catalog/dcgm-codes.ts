// DCGM's health and diagnostic codes, one a row:
// code | constant | what it says | severity (DCGM_ERROR_...) | category (DCGM_FR_EC_...) | NVSentinel's action

/** Read by `dcgmCatalogue`. */
export const dcgmTable = `
0 | DCGM_FR_OK | No error | UNKNOWN | NONE |
1 | DCGM_FR_UNKNOWN | Unknown error code | UNKNOWN | NONE | REPORT_ISSUE
2 | DCGM_FR_UNRECOGNIZED | Unrecognized error code | UNKNOWN | NONE | REPORT_ISSUE
3 | DCGM_FR_PCI_REPLAY_RATE | Unacceptable rate of PCI errors | ISOLATE | HARDWARE_PCIE | REPORT_ISSUE
4 | DCGM_FR_VOLATILE_DBE_DETECTED | Uncorrectable volatile double bit error | ISOLATE | HARDWARE_MEMORY | RESET_GPU
5 | DCGM_FR_VOLATILE_SBE_DETECTED | Unacceptable rate of volatile single bit errors | MONITOR | HARDWARE_MEMORY | IGNORE
6 | DCGM_FR_PENDING_PAGE_RETIREMENTS | Pending page retirements detected | RESET | HARDWARE_MEMORY | IGNORE
7 | DCGM_FR_RETIRED_PAGES_LIMIT | Unacceptable total page retirements detected | ISOLATE | HARDWARE_MEMORY | RUN_FIELDDIAG
8 | DCGM_FR_RETIRED_PAGES_DBE_LIMIT | Unacceptable total page retirements due to uncorrectable errors | ISOLATE | HARDWARE_MEMORY | RUN_FIELDDIAG
9 | DCGM_FR_CORRUPT_INFOROM | Corrupt inforom found | TRIAGE | HARDWARE_OTHER | RESET_GPU
10 | DCGM_FR_CLOCKS_EVENT_THERMAL | Clocks being optimized for thermal performance | MONITOR | HARDWARE_THERMAL | CHECK_THERMALS
11 | DCGM_FR_POWER_UNREADABLE | Cannot get a reading for power from NVML | MONITOR | HARDWARE_POWER | NODE_REBOOT
12 | DCGM_FR_CLOCKS_EVENT_POWER | Clock being optimized to meet the product's power limit requirements | MONITOR | HARDWARE_POWER | IGNORE
13 | DCGM_FR_NVLINK_ERROR_THRESHOLD | Unacceptable rate of NVLink errors | ISOLATE | HARDWARE_NVLINK | IGNORE
14 | DCGM_FR_NVLINK_DOWN | NVLink is down | TRIAGE | HARDWARE_NVLINK | NODE_REBOOT
15 | DCGM_FR_NVSWITCH_FATAL_ERROR | Fatal errors on the NVSwitch | ISOLATE | HARDWARE_NVSWITCH | RUN_FIELDDIAG
16 | DCGM_FR_NVSWITCH_NON_FATAL_ERROR | Non-fatal errors on the NVSwitch | MONITOR | HARDWARE_NVSWITCH | IGNORE
17 | DCGM_FR_NVSWITCH_DOWN | NVSwitch is down | MONITOR | HARDWARE_NVSWITCH | RESET_GPU
18 | DCGM_FR_NO_ACCESS_TO_FILE | Cannot access a file | CONFIG | SOFTWARE_OTHER | REPORT_ISSUE
19 | DCGM_FR_NVML_API | Error occurred on an NVML API | MONITOR | SOFTWARE_LIBRARY | REPORT_ISSUE
20 | DCGM_FR_DEVICE_COUNT_MISMATCH | Disagreement in GPU count between /dev and NVML | CONFIG | SOFTWARE_OTHER | REPORT_ISSUE
21 | DCGM_FR_BAD_PARAMETER | Bad parameter passed to API | UNKNOWN | INTERNAL_OTHER | REPORT_ISSUE
22 | DCGM_FR_CANNOT_OPEN_LIB | Cannot open a library that must be accessed | TRIAGE | SOFTWARE_LIBRARY | REPORT_ISSUE
23 | DCGM_FR_DENYLISTED_DRIVER | A driver on the denylist (nouveau) is active | CONFIG | SOFTWARE_CONFIG | REPORT_ISSUE
24 | DCGM_FR_NVML_LIB_BAD | NVML library is missing expected functions | ISOLATE | SOFTWARE_LIBRARY | REPORT_ISSUE
25 | DCGM_FR_GRAPHICS_PROCESSES | Graphics processes are active on this GPU | RESET | SOFTWARE_OTHER | REPORT_ISSUE
26 | DCGM_FR_HOSTENGINE_CONN | Bad connection to nv-hostengine | MONITOR | INTERNAL_OTHER | REPORT_ISSUE
27 | DCGM_FR_FIELD_QUERY | Error querying a field from DCGM | MONITOR | INTERNAL_OTHER | NODE_REBOOT
28 | DCGM_FR_BAD_CUDA_ENV | The environment has variables that hurt CUDA | CONFIG | SOFTWARE_CUDA | REPORT_ISSUE
29 | DCGM_FR_PERSISTENCE_MODE | Persistence mode is disabled | CONFIG | SOFTWARE_OTHER | REPORT_ISSUE
30 | DCGM_FR_LOW_BANDWIDTH | The bandwidth is unacceptably low | TRIAGE | HARDWARE_PCIE | REPORT_ISSUE
31 | DCGM_FR_HIGH_LATENCY | Latency is too high | TRIAGE | HARDWARE_PCIE | REPORT_ISSUE
32 | DCGM_FR_CANNOT_GET_FIELD_TAG | Cannot find a tag for a field | MONITOR | INTERNAL_OTHER | REPORT_ISSUE
33 | DCGM_FR_FIELD_VIOLATION | The value for the specified error field is above 0 | ISOLATE | HARDWARE_OTHER | NODE_REBOOT
34 | DCGM_FR_FIELD_THRESHOLD | The value for the specified field is above the threshold | MONITOR | PERF_VIOLATION | NODE_REBOOT
35 | DCGM_FR_FIELD_VIOLATION_DBL | The value for the specified error field is above 0 | ISOLATE | PERF_VIOLATION | NODE_REBOOT
36 | DCGM_FR_FIELD_THRESHOLD_DBL | The value for the specified field is above the threshold | ISOLATE | PERF_VIOLATION | NODE_REBOOT
37 | DCGM_FR_UNSUPPORTED_FIELD_TYPE | Field type cannot be supported | TRIAGE | INTERNAL_OTHER | NODE_REBOOT
38 | DCGM_FR_FIELD_THRESHOLD_TS | The value for the specified field is above the threshold | ISOLATE | PERF_THRESHOLD | NODE_REBOOT
39 | DCGM_FR_FIELD_THRESHOLD_TS_DBL | The value for the specified field is above the threshold | ISOLATE | PERF_THRESHOLD | NODE_REBOOT
40 | DCGM_FR_THERMAL_VIOLATIONS | Thermal violations detected | MONITOR | HARDWARE_THERMAL | CHECK_THERMALS
41 | DCGM_FR_THERMAL_VIOLATIONS_TS | Thermal violations detected with a timestamp | MONITOR | HARDWARE_THERMAL | CHECK_THERMALS
42 | DCGM_FR_TEMP_VIOLATION | Temperature is too high | MONITOR | HARDWARE_THERMAL | CHECK_THERMALS
43 | DCGM_FR_CLOCKS_EVENT_VIOLATION | Non-benign clocks event is occurring | MONITOR | HARDWARE_OTHER | NODE_REBOOT
44 | DCGM_FR_INTERNAL | An internal error was detected | TRIAGE | INTERNAL_OTHER | REPORT_ISSUE
45 | DCGM_FR_PCIE_GENERATION | PCIe generation is too low | TRIAGE | HARDWARE_PCIE | REPORT_ISSUE
46 | DCGM_FR_PCIE_WIDTH | PCIe width is too low | CONFIG | HARDWARE_PCIE | REPORT_ISSUE
47 | DCGM_FR_ABORTED | Test was aborted by a user signal | CONFIG | SOFTWARE_OTHER | IGNORE
48 | DCGM_FR_TEST_DISABLED | This test is disabled for this GPU | CONFIG | SOFTWARE_CONFIG | IGNORE
49 | DCGM_FR_CANNOT_GET_STAT | Cannot get telemetry for a needed value | TRIAGE | INTERNAL_OTHER | REPORT_ISSUE
50 | DCGM_FR_STRESS_LEVEL | Stress level is too low (bad performance) | TRIAGE | PERF_THRESHOLD | NODE_REBOOT
51 | DCGM_FR_CUDA_API | Error calling the specified CUDA API | MONITOR | SOFTWARE_CUDA | REPORT_ISSUE
52 | DCGM_FR_FAULTY_MEMORY | Faulty memory detected on this GPU | ISOLATE | HARDWARE_MEMORY | RUN_FIELDDIAG
53 | DCGM_FR_CANNOT_SET_WATCHES | Unable to set field watches in DCGM | MONITOR | INTERNAL_OTHER | NODE_REBOOT
54 | DCGM_FR_CUDA_UNBOUND | CUDA context is no longer bound | TRIAGE | SOFTWARE_CUDA | NODE_REBOOT
55 | DCGM_FR_ECC_DISABLED | ECC memory is disabled right now | CONFIG | HARDWARE_MEMORY | REPORT_ISSUE
56 | DCGM_FR_MEMORY_ALLOC | Cannot allocate memory on the GPU | TRIAGE | SOFTWARE_OTHER | NODE_REBOOT
57 | DCGM_FR_CUDA_DBE | CUDA detected unrecovable double-bit error | ISOLATE | HARDWARE_MEMORY | RUN_FIELDDIAG
58 | DCGM_FR_MEMORY_MISMATCH | Memory error detected | ISOLATE | HARDWARE_MEMORY | RUN_FIELDDIAG
59 | DCGM_FR_CUDA_DEVICE | No CUDA device discoverable for existing GPU | TRIAGE | SOFTWARE_CUDA | REPORT_ISSUE
60 | DCGM_FR_ECC_UNSUPPORTED | ECC memory is unsupported by this SKU | CONFIG | HARDWARE_MEMORY | REPORT_ISSUE
61 | DCGM_FR_ECC_PENDING | ECC memory is in a pending state | MONITOR | HARDWARE_MEMORY | NODE_REBOOT
62 | DCGM_FR_MEMORY_BANDWIDTH | Memory bandwidth is too low | TRIAGE | PERF_THRESHOLD | NODE_REBOOT
63 | DCGM_FR_TARGET_POWER | Cannot hit the target power draw | TRIAGE | HARDWARE_POWER | IGNORE
64 | DCGM_FR_API_FAIL | The specified API call failed | TRIAGE | SOFTWARE_OTHER | NODE_REBOOT
65 | DCGM_FR_API_FAIL_GPU | The specified API call failed for the specified GPU | TRIAGE | SOFTWARE_OTHER | NODE_REBOOT
66 | DCGM_FR_CUDA_CONTEXT | Cannot create a CUDA context on this GPU | TRIAGE | SOFTWARE_CUDA | REPORT_ISSUE
67 | DCGM_FR_DCGM_API | DCGM API failure | TRIAGE | INTERNAL_OTHER | NODE_REBOOT
68 | DCGM_FR_CONCURRENT_GPUS | Need multiple GPUs to run this test | CONFIG | SOFTWARE_CONFIG | REPORT_ISSUE
69 | DCGM_FR_TOO_MANY_ERRORS | More errors than fit in the return struct | MONITOR | SOFTWARE_OTHER | REPORT_ISSUE
70 | DCGM_FR_NVLINK_CRC_ERROR_THRESHOLD | More than 100 CRC errors are happening per second | ISOLATE | HARDWARE_NVLINK | RUN_FIELDDIAG
71 | DCGM_FR_NVLINK_ERROR_CRITICAL | NVLink error for a field that should always be 0 | ISOLATE | HARDWARE_NVLINK | RUN_FIELDDIAG
72 | DCGM_FR_ENFORCED_POWER_LIMIT | The enforced power limit is too low to hit the target | CONFIG | HARDWARE_POWER | REPORT_ISSUE
73 | DCGM_FR_MEMORY_ALLOC_HOST | Cannot allocate memory on the host | TRIAGE | SOFTWARE_OTHER | NODE_REBOOT
74 | DCGM_FR_GPU_OP_MODE | Bad GPU operating mode for running plugin | MONITOR | SOFTWARE_CONFIG | REPORT_ISSUE
75 | DCGM_FR_NO_MEMORY_CLOCKS | No memory clocks with the needed MHz found | MONITOR | HARDWARE_MEMORY | REPORT_ISSUE
76 | DCGM_FR_NO_GRAPHICS_CLOCKS | No graphics clocks with the needed MHz found | MONITOR | HARDWARE_OTHER | IGNORE
77 | DCGM_FR_HAD_TO_RESTORE_STATE | Note that we had to restore a GPU's state | TRIAGE | SOFTWARE_OTHER | NODE_REBOOT
78 | DCGM_FR_L1TAG_UNSUPPORTED | L1TAG test is unsupported by this SKU | CONFIG | SOFTWARE_OTHER | REPORT_ISSUE
79 | DCGM_FR_L1TAG_MISCOMPARE | L1TAG test failed on a miscompare | ISOLATE | HARDWARE_MEMORY | RUN_FIELDDIAG
80 | DCGM_FR_ROW_REMAP_FAILURE | Row remapping failed (Ampere or newer GPUs) | RESET | HARDWARE_MEMORY | RUN_FIELDDIAG
81 | DCGM_FR_UNCONTAINED_ERROR | Uncontained error - XID 95 | ISOLATE | SOFTWARE_XID | NODE_REBOOT
82 | DCGM_FR_EMPTY_GPU_LIST | No GPU information given to plugin | CONFIG | SOFTWARE_CONFIG | REPORT_ISSUE
83 | DCGM_FR_DBE_PENDING_PAGE_RETIREMENTS | Pending page retirements due to a DBE | RESET | HARDWARE_MEMORY | NODE_REBOOT
84 | DCGM_FR_UNCORRECTABLE_ROW_REMAP | Uncorrectable row remapping | RESET | HARDWARE_MEMORY | IGNORE
85 | DCGM_FR_PENDING_ROW_REMAP | Row remapping is pending | RESET | HARDWARE_MEMORY | RESET_GPU
86 | DCGM_FR_BROKEN_P2P_MEMORY_DEVICE | P2P copy test detected an error writing to this GPU | ISOLATE | HARDWARE_OTHER | REPORT_ISSUE
87 | DCGM_FR_BROKEN_P2P_WRITER_DEVICE | P2P copy test detected an error writing from this GPU | ISOLATE | HARDWARE_OTHER | REPORT_ISSUE
88 | DCGM_FR_NVSWITCH_NVLINK_DOWN | An NvLink is down for the specified NVSwitch | ISOLATE | HARDWARE_NVLINK | CHECK_FM_CONFIG
89 | DCGM_FR_EUD_BINARY_PERMISSIONS | EUD binary permissions are incorrect | TRIAGE | SOFTWARE_EUD | REPORT_ISSUE
90 | DCGM_FR_EUD_NON_ROOT_USER | EUD plugin is not running as root | TRIAGE | SOFTWARE_EUD | REPORT_ISSUE
91 | DCGM_FR_EUD_SPAWN_FAILURE | EUD plugin failed to spawn the EUD binary | TRIAGE | SOFTWARE_EUD | REPORT_ISSUE
92 | DCGM_FR_EUD_TIMEOUT | EUD plugin timed out | TRIAGE | SOFTWARE_EUD | REPORT_ISSUE
93 | DCGM_FR_EUD_ZOMBIE | EUD process remains running after the plugin considers it finished | TRIAGE | SOFTWARE_EUD | REPORT_ISSUE
94 | DCGM_FR_EUD_NON_ZERO_EXIT_CODE | EUD process exited with a non-zero exit code | TRIAGE | SOFTWARE_EUD | REPORT_ISSUE
95 | DCGM_FR_EUD_TEST_FAILED | EUD test failed | ISOLATE | SOFTWARE_EUD | REPORT_ISSUE
96 | DCGM_FR_FILE_CREATE_PERMISSIONS | We cannot create a file in this directory | CONFIG | SOFTWARE_CONFIG | REPORT_ISSUE
97 | DCGM_FR_PAUSE_RESUME_FAILED | Pause/Resume failed | TRIAGE | INTERNAL_OTHER | REPORT_ISSUE
98 | DCGM_FR_PCIE_H_REPLAY_VIOLATION | PCIe test caught correctable errors | ISOLATE | HARDWARE_PCIE | REPORT_ISSUE
99 | DCGM_FR_GPU_EXPECTED_NVLINKS_UP | Expected nvlinks up per gpu | TRIAGE | HARDWARE_NVLINK | CHECK_FM_CONFIG
100 | DCGM_FR_NVSWITCH_EXPECTED_NVLINKS_UP | Expected nvlinks up per nvswitch | TRIAGE | HARDWARE_NVLINK | CHECK_FM_CONFIG
101 | DCGM_FR_XID_ERROR | XID error detected | TRIAGE | SOFTWARE_XID |
102 | DCGM_FR_SBE_VIOLATION | Single bit error detected | ISOLATE | HARDWARE_MEMORY | RUN_FIELDDIAG
103 | DCGM_FR_DBE_VIOLATION | Double bit error detected | ISOLATE | HARDWARE_MEMORY | RUN_FIELDDIAG
104 | DCGM_FR_PCIE_REPLAY_VIOLATION | PCIe replay errors detected | ISOLATE | HARDWARE_PCIE | RUN_FIELDDIAG
105 | DCGM_FR_SBE_THRESHOLD_VIOLATION | SBE threshold violated | ISOLATE | HARDWARE_MEMORY | RUN_FIELDDIAG
106 | DCGM_FR_DBE_THRESHOLD_VIOLATION | DBE threshold violated | ISOLATE | HARDWARE_MEMORY | RUN_FIELDDIAG
107 | DCGM_FR_PCIE_REPLAY_THRESHOLD_VIOLATION | PCIE replay count violated | ISOLATE | HARDWARE_PCIE | RUN_FIELDDIAG
108 | DCGM_FR_CUDA_FM_NOT_INITIALIZED | The fabricmanager is not initialized | MONITOR | SOFTWARE_CUDA | REPORT_ISSUE
109 | DCGM_FR_SXID_ERROR | NvSwitch fatal error detected | ISOLATE | SOFTWARE_XID | NODE_REBOOT
110 | DCGM_FR_GFLOPS_THRESHOLD_VIOLATION | GPU GFLOPs threshold violated | TRIAGE | PERF_VIOLATION | REPORT_ISSUE
111 | DCGM_FR_NAN_VALUE | NaN value detected on this GPU | ISOLATE | HARDWARE_MEMORY | RUN_FIELDDIAG
112 | DCGM_FR_FABRIC_MANAGER_TRAINING_ERROR | Fabric Manager did not finish training | CONFIG | SOFTWARE_CUDA | CHECK_FM_CONFIG
113 | DCGM_FR_BROKEN_P2P_PCIE_MEMORY_DEVICE | P2P copy test detected an error writing to this GPU over PCIE | ISOLATE | HARDWARE_PCIE | REPORT_ISSUE
114 | DCGM_FR_BROKEN_P2P_PCIE_WRITER_DEVICE | P2P copy test detected an error writing from this GPU over PCIE | ISOLATE | HARDWARE_PCIE | REPORT_ISSUE
115 | DCGM_FR_BROKEN_P2P_NVLINK_MEMORY_DEVICE | P2P copy test detected an error writing to this GPU over NVLink | ISOLATE | HARDWARE_NVLINK | REPORT_ISSUE
116 | DCGM_FR_BROKEN_P2P_NVLINK_WRITER_DEVICE | P2P copy test detected an error writing from this GPU over NVLink | ISOLATE | HARDWARE_NVLINK | REPORT_ISSUE
117 | DCGM_FR_TEST_SKIPPED | Indicates that the test was skipped | CONFIG | SOFTWARE_CONFIG | IGNORE
118 | DCGM_FR_SRAM_THRESHOLD | indicates SRAM Threshold Count exceeded | ISOLATE | HARDWARE_MEMORY |
119 | DCGM_FR_NVLINK_EFFECTIVE_BER_THRESHOLD | indicates effective BER threshold exceeded | ISOLATE | HARDWARE_NVLINK |
120 | DCGM_FR_FALLEN_OFF_BUS | GPU has fallen off the bus | ISOLATE | HARDWARE_OTHER |
121 | DCGM_FR_NVLINK_SYMBOL_BER_THRESHOLD | indicates symbol BER threshold exceeded | ISOLATE | HARDWARE_NVLINK |
122 | DCGM_FR_IMEX_UNHEALTHY | IMEX domain or daemon status is unhealthy | ISOLATE | SOFTWARE_OTHER |
123 | DCGM_FR_FABRIC_PROBE_STATE | Fabric probe state error | MONITOR | HARDWARE_NVLINK |
124 | DCGM_FR_BINARY_PERMISSIONS | Binary permissions are incorrect | TRIAGE | SOFTWARE_OTHER |
125 | DCGM_FR_GPU_RECOVERY_RESET | GPU requires reset to recover from a fault | RESET | HARDWARE_OTHER |
126 | DCGM_FR_GPU_RECOVERY_REBOOT | Node requires reboot due to GPU fault | ISOLATE | HARDWARE_OTHER |
127 | DCGM_FR_GPU_RECOVERY_DRAIN_P2P | Peer-to-peer traffic must be drained | RESET | HARDWARE_OTHER |
128 | DCGM_FR_GPU_RECOVERY_DRAIN_RESET | GPU operating at reduced capacity, drain and reset required | RESET | HARDWARE_OTHER |
129 | DCGM_FR_NCCL_ERROR | Detected a NCCL error | RESET | HARDWARE_OTHER |
130 | DCGM_FR_RETEST_REQUESTED | Retest requested before providing results | TRIAGE | SOFTWARE_OTHER |
131 | DCGM_FR_CONTAINED_ERROR | GPU contained error | MONITOR | SOFTWARE_XID |
132 | DCGM_FR_UNCORRECTABLE_ROW_REMAP_LIMIT | Uncorrectable row remap threshold exceeded | TRIAGE | HARDWARE_MEMORY |
`;
