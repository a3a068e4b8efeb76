/** An Xid that a monitor or a person repeats. */
export interface XidMention {
  readonly code: number;
  /** Index of the GPU, where the line names one. */
  readonly gpu: number | undefined;
}

/** The Xid code of a line that is not the driver's own: exporter metrics, health monitors, Kubernetes events, words. */
export function monitoredXid(text: string): XidMention | null {
  if (/\bno\s+xid|without\s+xid|\bignored?xid|\bxid(?:s|\s?errors?)?\s?[:=]\s?(?:none|null|\[\])/i.test(text))
    return null;
  const told = text.includes('XID_ERRORS') ? exporterForms : wordForms;
  const code = told.map((form) => form.exec(text)?.groups?.['code']).find((found) => found !== undefined);
  if (code === undefined) return null;
  const gpu = gpuForms.map((form) => form.exec(text)?.[1]).find((found) => found !== undefined);
  return { code: Number(code), gpu: gpu === undefined ? undefined : Number(gpu) };
}

const exporterForms: readonly RegExp[] = [
  // The exporter's gauge holds the last code, zero where there was none; the counter has it in a label.
  // sees:    DCGM_FI_DEV_XID_ERRORS{gpu="0",UUID="GPU-6a",device="nvidia0",err_code="79"} 79
  // ignores: DCGM_FI_DEV_XID_ERRORS{gpu="0",UUID="GPU-6a",device="nvidia0"} 0
  /\bDCGM_FI_DEV_XID_ERRORS\{[^}\n]{0,2000}\}\s{1,4}(?<code>\d{1,3})\b/,
  // sees:    DCGM_EXP_XID_ERRORS_COUNT{gpu="3",xid="48",window_size_in_ms="300000"} 2
  /\bDCGM_EXP_XID_ERRORS_COUNT\{[^}\n]{0,1500}\bxid="(?<code>\d{1,3})"[^}\n]{0,500}\}\s{1,4}[1-9]/,
];

const wordForms: readonly RegExp[] = [
  // sees:    ErrorCode:79 gpu:0 XID error occured Recommended Action=NODE_REBOOT;
  // sees:    {"checkName":"SysLogsXIDError","errorCode":["79"],"isFatal":true}
  /\bErrorCode["']?\s?:\s?\[?\s?["']?(?<code>\d{1,3})\b(?=[^\n]{0,400}\bXID)/i,
  /\b(?:SysLogs|Gpu)XidError[^\n]{0,300}\bErrorCode["']?\s?:\s?\[?\s?["']?(?<code>\d{1,3})\b/i,
  // sees:    Warning  XidCriticalError  node/node-03  Xid=79 GPU=2
  // sees:    level=error msg="Detected critical XID 79 on GPU 3"
  // sees:    {"time":"2025-02-25T08:36:13Z","event":"xid","xid":119,"message":"GSP RPC Timeout"}
  // ignores: UUID 0x79 xid range 48-63 is documented
  /\bxid(?:s|[\s_]?errors?|[\s_]?codes?|[\s_]?events?|[\s_]?number)?["']?\s?[:=#]?\s?["']?(?<code>\d{1,3})\b(?!\s?[-/:]\s?\d)(?!["']?\s?[x×]\d)/i,
];

const gpuForms: readonly RegExp[] = [
  /\bXID_ERRORS(?:_COUNT)?\{[^}\n]{0,400}\bgpu="(\d{1,2})"/,
  /\bgpu["']?[\s#:=]{1,2}["']?(\d{1,2})\b/i,
  /\bGPU(\d{1,2})\b/,
];
