/**
 * /usr/share/nvidia/nvswitch/fabricmanager.cfg of driver branch 550 without its comments: the defaults of the Fabric Manager User
 * Guide. With `ABORT_CUDA_JOBS_ON_FM_EXIT=1` CUDA jobs end when it does; it does not stay when it fails.
 */
export function fabricManagerFile(): string {
  return settings.map(([name, value]) => `${name}=${value}\n`).join('');
}

const settings: readonly (readonly [string, string])[] = [
  ['LOG_LEVEL', '4'],
  ['LOG_FILE_NAME', '/var/log/fabricmanager.log'],
  ['LOG_APPEND_TO_LOG', '1'],
  ['LOG_FILE_MAX_SIZE', '1024'],
  ['LOG_USE_SYSLOG', '0'],
  ['DAEMONIZE', '1'],
  ['BIND_INTERFACE_IP', '127.0.0.1'],
  ['STARTING_TCP_PORT', '16000'],
  ['FABRIC_MODE', '0'],
  ['FABRIC_MODE_RESTART', '0'],
  ['STATE_FILE_NAME', '/var/tmp/fabricmanager.state'],
  ['FM_CMD_BIND_INTERFACE', '127.0.0.1'],
  ['FM_CMD_PORT_NUMBER', '6666'],
  ['FM_STAY_RESIDENT_ON_FAILURES', '0'],
  ['ACCESS_LINK_FAILURE_MODE', '0'],
  ['TRUNK_LINK_FAILURE_MODE', '0'],
  ['NVSWITCH_FAILURE_MODE', '0'],
  ['ABORT_CUDA_JOBS_ON_FM_EXIT', '1'],
  ['TOPOLOGY_FILE_PATH', '/usr/share/nvidia/nvswitch'],
];
