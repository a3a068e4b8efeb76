import { printed, type ProbeCases } from '../probe-case.ts';

// Monitors and flags of a ConnectX-7 with an OSFP module, sections around them as mlxlink of MFT 4.30 prints them with -m -c.
const osfpSource =
  'https://github.com/facebookresearch/gcm (tests of check_mlxlink: a healthy OSFP module of a ConnectX-7)';
const sections =
  'https://github.com/fchamicapereira/sigcomm26-tutorial-bluefield (mlxlink of MFT 4.30.1-8 with -m -c, a BlueField-3)';
const roceSource =
  'https://github.com/scitix/sichek (tests of the transceiver collector: mlxlink -m -c of a healthy 400G link)';
const hdrSource =
  'mlxlink of MFT 4.24 on a ConnectX-6 (MT4123, HDR), as published with a report on nccl-tests; monitors of a healthy OSFP module put in';
const dacSource =
  'mlxlink --show_module of MFT 4.35.0-159 on a ConnectX-7, notes on connecting two servers with DAC cables';
const changed = 'changed as another module would print it';

interface Port {
  readonly state?: string;
  readonly speed?: string;
  readonly width?: string;
  readonly temperature?: string;
  readonly voltage?: string;
  readonly bias?: string;
  readonly received?: string;
  readonly sent?: string;
  readonly identifier?: string;
  readonly technology?: string;
  readonly cable?: string;
  readonly part?: string;
  readonly rawBer?: string;
  readonly effectiveBer?: string;
}

const mlxlink = (port: Port = {}) =>
  printed(`
Operational Info
----------------
State                              : ${port.state ?? 'Active'}
Physical state                     : LinkUp
Speed                              : ${port.speed ?? 'IB-NDR'}
Width                              : ${port.width ?? '4x'}
FEC                                : Ethernet_Consortium_LL_50G_RS_FEC_PLR -(272,257+1)
Loopback Mode                      : No Loopback
Auto Negotiation                   : ON

Supported Info
--------------
Enabled Link Speed                 : 0x000000f1 (NDR,HDR,EDR,FDR,SDR)
Supported Cable Speed              : 0x000000f1 (NDR,HDR,EDR,FDR,SDR)

Troubleshooting Info
--------------------
Status Opcode                      : 0
Group Opcode                       : N/A
Recommendation                     : No issue was observed

Tool Information
----------------
Firmware Version                   : 28.43.2402
amBER Version                      : 3.6
MFT Version                        : mft 4.30.1-8

Module Info
-----------
Temperature [C]                    : ${port.temperature ?? '49 [-10..80]'}
Voltage [mV]                       : ${port.voltage ?? '3189.4 [3100..3500]'}
Bias Current [mA]                  : ${port.bias ?? '9.210,9.264,9.054,9.142 [7..11]'}
Rx Power Current [dBm]             : ${port.received ?? '1.945,1.892,2.167,2.025 [-5.003..3.998]'}
Tx Power Current [dBm]             : ${port.sent ?? '0.867,1.139,1.011,1.069 [-3.468..3.998]'}
Identifier                         : ${port.identifier ?? 'OSFP'}
Compliance                         : IB NDR
Cable Technology                   : ${port.technology ?? '850 nm VCSEL'}
Cable Type                         : ${port.cable ?? 'Optical Module (separated)'}
OUI                                : Nvidia
Vendor Name                        : NVIDIA
Vendor Part Number                 : ${port.part ?? 'MMA4Z00-NS400'}
Vendor Serial Number               : MT0000FT00000
Rev                                : A3
Wavelength [nm]                    : 850
Transfer Distance [m]              : 50
Digital Diagnostic Monitoring      : Yes
Module State                       : Ready state
DataPath state [per lane]          : DPActivated,DPActivated,DPActivated,DPActivated
Module FW Fault                    : 0
Rx LOS [per lane]                  : 0,0,0,0

Physical Counters and BER Info
------------------------------
Time Since Last Clear [Min]        : 25074.8
Effective Physical Errors          : 0
Effective Physical BER             : ${port.effectiveBer ?? '15E-255'}
Raw Physical Errors Per Lane       : 3946476397,5120336064,7692183445,3026261414
Link Down Counter                  : 0
Link Error Recovery Counter        : 0
Raw Physical BER                   : ${port.rawBer ?? '2E-9'}

`);
const unmeasured = { temperature: 'N/A', voltage: 'N/A', bias: 'N/A', received: 'N/A', sent: 'N/A' };
const args = { hca: 'mlx5_2' };

/** The order and the names of older releases: what is measured comes after what the module is. */
const older = printed(`
Operational Info
----------------
State                           : Active
Physical state                  : LinkUp
Speed                           : IB-HDR
Width                           : 4x
FEC                             : RS-FEC - (544,514) + PLR
Loopback Mode                   : No Loopback
Auto Negotiation                : ON

Troubleshooting Info
--------------------
Status Opcode                   : 0
Group Opcode                    : N/A
Recommendation                  : No issue was observed

Tool Information
----------------
Firmware Version                : 20.36.1010
amBER Version                   : 2.13
MFT Version                     : mft 4.24.0-72

Module Info
-----------
Identifier                      : QSFP56
Compliance                      : HDR
Cable Technology                : 850 nm VCSEL
Cable Type                      : Optical Module (separated)
Vendor Name                     : Mellanox
Vendor Part Number              : MMA1T00-HS
Digital Diagnostic Monitoring   : Yes
LOS Alarm                       : N/A
Temperature [C]                 : 54 [-5..75]
Voltage [mV]                    : 3261.2 [2970..3630]
Bias Current [mA]               : 8.380,8.380,8.380,8.380 [2..15]
Rx Power Current [dBm]          : 1.886,1.989,2.281,1.976 [-10.41..6]
Tx Power Current [dBm]          : 1.562,1.427,1.559,1.761 [-8.508..5]

Physical Counters and BER Info
------------------------------
Time Since Last Clear [Min]     : 348349.5
Symbol Errors                   : 0
Symbol BER                      : 15E-255
Effective Physical Errors       : 0
Effective Physical BER          : 15E-255
Raw Physical Errors Per Lane    : 3183333,242074,0,0
Raw Physical BER                : 1E-8
Link Down Counter               : 0
Link Error Recovery Counter     : 0

`);

export const ibOpticsCases: ProbeCases = {
  faulty: [
    {
      name: 'one lane receives hardly any light',
      source: `${osfpSource}; ${changed}`,
      output: mlxlink({ received: '1.945,-7.212,2.167,2.025 [-5.003..3.998]' }),
      args,
      means: ['ib.optics.received-low hca mlx5_2'],
    },
    {
      name: 'no light at all, and no link',
      source: `${osfpSource}; ${changed}`,
      output: mlxlink({ state: 'Polling', width: 'N/A', received: '-40,-40,-40,-40 [-5.003..3.998]' }),
      args,
      means: ['ib.optics.received-low hca mlx5_2'],
    },
    {
      name: 'its own laser is weak',
      source: `${osfpSource}; ${changed}`,
      output: mlxlink({ sent: '0.867,1.139,-6.011,1.069 [-3.468..3.998]' }),
      args,
      means: ['ib.optics.laser-weak hca mlx5_2'],
    },
    {
      name: 'a laser takes more current than it may',
      source: osfpSource,
      output: mlxlink({ bias: '9.210,12.5,9.054,9.142 [7..11]' }),
      args,
      means: ['ib.optics.laser-weak hca mlx5_2'],
    },
    {
      name: 'too hot',
      source: `${roceSource}; ${changed}`,
      output: mlxlink({ temperature: '78 [-5..75]' }),
      args,
      means: ['ib.optics.hot hca mlx5_2'],
    },
    {
      name: 'supply too low',
      source: `${osfpSource}; ${changed}`,
      output: mlxlink({ voltage: '3010.2 [3100..3500]' }),
      args,
      means: ['ib.optics.outside-limits hca mlx5_2'],
    },
    {
      name: 'wrong bits before correction, all light as it should be',
      source: `${roceSource}; ${changed}`,
      output: mlxlink({ rawBer: '4E-5' }),
      args,
      means: ['ib.optics.raw-ber-high hca mlx5_2'],
    },
    {
      name: 'a cable of copper with many wrong bits',
      source: `${sections}; ${changed}`,
      output: mlxlink({ ...unmeasured, technology: 'Copper cable, passive, unequalized', rawBer: '4E-5' }),
      args,
      means: ['ib.optics.raw-ber-high hca mlx5_2', 'ib.optics.none hca mlx5_2'],
    },
  ],
  healthy: [
    { name: 'four lanes', source: osfpSource, output: mlxlink(), args, means: ['ib.optics.sound hca mlx5_2'] },
    { name: 'MFT 4.24, HDR', source: hdrSource, output: older, args, means: ['ib.optics.sound hca mlx5_2'] },
    {
      name: 'two lanes of four, by a splitter',
      source: `${osfpSource}; https://docs.nvidia.com/networking/display/MMA4Z00NS400T (split end has only 2 channels)`,
      output: mlxlink({ width: '2x', received: '1.945,1.892,-40,-40 [-5.003..3.998]' }),
      args,
      means: ['ib.optics.sound hca mlx5_2'],
    },
    {
      name: 'errors of a burst that is over',
      source: `${roceSource} (a degraded link, made up there)`,
      output: mlxlink({ effectiveBer: '4E-12', rawBer: '5E-8' }),
      args,
      means: ['ib.optics.effective-ber-high hca mlx5_2', 'ib.optics.sound hca mlx5_2'],
    },
    {
      name: 'a passive cable',
      source: sections,
      output: mlxlink({
        ...unmeasured,
        identifier: 'QSFP28',
        technology: 'Copper cable, passive, unequalized',
        cable: 'Passive copper cable',
        part: 'Q28-PC03',
      }),
      args,
      means: ['ib.optics.none hca mlx5_2'],
    },
    {
      name: 'a passive cable that newer releases print zeros of',
      source: dacSource,
      output: mlxlink({
        temperature: '0 [0..0]',
        voltage: '0 [0..0]',
        bias: '0,0,0,0 [0..0]',
        received: '0,0,0,0 [0..0]',
        sent: '0,0,0,0 [0..0]',
        technology: 'Copper cable, passive, unequalized',
        cable: 'Passive copper cable',
        part: 'OSFPFL-400G-PC01',
      }),
      args,
      means: ['ib.optics.none hca mlx5_2'],
    },
    {
      name: 'an active cable that does not measure its light',
      source: `${sections}; ${changed}`,
      output: mlxlink({ bias: 'N/A', received: 'N/A', sent: 'N/A', cable: 'Active cable (active copper / optics)' }),
      args,
      means: ['ib.optics.none hca mlx5_2'],
    },
    {
      name: 'switched off',
      source: 'https://github.com/Mellanox/mstflint/pull/1103',
      output: mlxlink({ state: 'Disable', width: 'N/A', sent: '-40,-40,-40,-40 [-3.468..3.998]' }),
      args,
      means: ['ib.port.administratively-down hca mlx5_2'],
    },
  ],
  garbage: [
    printed('', 1, '-E- Failed to open device: "mlx5_2". Permission denied'),
    printed('Welcome to node-01\n'),
    printed('Operational Info\n----------------\nState                              : Active\n'),
  ],
};
