import { lineDetector } from './line-patterns.ts';

const http = 'https://github.com/huggingface/huggingface_hub/blob/main/src/huggingface_hub/utils/_http.py';
const download = 'https://github.com/huggingface/huggingface_hub/blob/main/src/huggingface_hub/file_download.py';

/** Hubs of models and data that answer, but not as wished: no right, too many requests, an ill server, a broken transfer. */
export const hubTransfers = lineDetector('hub-transfers', [
  {
    id: 'hub.token.refused',
    summary: 'a hub does not accept the token, or wants one',
    role: 'cause',
    weighs: { 'user-code-error': 4.2, 'permission-misconfig': 1.4 },
    source: http,
    literals: [
      'https://huggingface.co/',
      'fine-grained token settings',
      'trying to access a gated repo',
      'but no token found',
    ],
    pattern:
      /40[13] Client Error: (?:Unauthorized|Forbidden) for url: https:\/\/huggingface\.co\/|access to public gated repositories in your fine-grained token settings|trying to access a gated repo|Token is required[^\n]{0,40} but no token found/,
    sees: [
      'huggingface_hub.errors.HfHubHTTPError: 401 Client Error: Unauthorized for url: https://huggingface.co/api/whoami-v2 (Request ID: Root=1-abc)',
      'OSError: You are trying to access a gated repo.',
    ],
    ignores: ['requests.exceptions.HTTPError: 404 Client Error: Not Found for url: https://huggingface.co/x'],
  },
  {
    id: 'hub.file.missing',
    summary: 'a file or a data set is not where the program looks for it on a hub or in its cache',
    role: 'cause',
    weighs: { 'user-code-error': 4.4, 'shared-fs-problem': 0.3 },
    source: http,
    literals: [
      'entry not found for url',
      'entrynotfounderror: 404',
      'datafilesnotfounderror',
      "couldn't find cache for",
      "couldn't find any data file at",
    ],
    pattern:
      /Entry Not Found for url: |\bEntryNotFoundError: 404|\bDataFilesNotFoundError: |Couldn't find cache for \S|Couldn't find any data file at /,
    sees: [
      'huggingface_hub.errors.EntryNotFoundError: 404 Client Error. Entry Not Found for url: https://huggingface.co/x/resolve/main/config.json.',
      'datasets.exceptions.DataFilesNotFoundError: No (supported) data files found in /data/x',
    ],
    ignores: ['cache found for x'],
  },
  {
    id: 'hub.requests.limited',
    summary: 'a hub or a tracker refuses requests because there are too many of them',
    role: 'cause',
    weighs: { 'user-code-error': 2, unlisted: 1.4 },
    source: http,
    literals: ['too many requests for url: https://huggingface.co', 'we had to rate limit you'],
    pattern:
      /^(?![^\n]{0,600}(?:[Rr]etrying|before retry))[^\n]{0,600}?(?:Too Many Requests for url: https:\/\/huggingface\.co|We had to rate limit you)/,
    sees: [
      'requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url: https://huggingface.co/api/models/x',
      'We had to rate limit you, you hit the quota of 1000 api requests per 5 minutes period.',
    ],
    ignores: ['Rate limited. Waiting 12.0s before retry [Retry 1/5].'],
  },
  {
    id: 'hub.server.ill',
    summary: 'the server of a hub fails',
    role: 'cause',
    weighs: { unlisted: 1.8, 'user-code-error': 1 },
    source: http,
    literals: ['server error: '],
    pattern:
      /^(?![^\n]{0,600}(?:[Rr]etrying|before retry))[^\n]{0,600}?50[0234] Server Error: [\w -]{4,40} for url: https:\/\/(?:huggingface\.co|hf\.co|cdn-lfs\S{0,20}\.hf\.co)\//,
    sees: [
      'huggingface_hub.errors.HfHubHTTPError: 504 Server Error: Gateway Time-out for url: https://huggingface.co/api/x',
    ],
    ignores: ['HTTPError: 500 Server Error: Internal Server Error for url: http://10.0.0.5:8000/v1'],
  },
  {
    id: 'hub.transfer.failed',
    summary: 'the transfer of a file from a hub broke off, or something between answers in its place',
    role: 'cause',
    weighs: { 'user-code-error': 1.8, 'firewall-blocked': 1.8, unlisted: 0.8 },
    source: download,
    literals: ['cas service error', 'while downloading using `hf_transfer`', 'does not seem to be on huggingface.co'],
    pattern:
      /CAS service error ?: (?!IO Error|[^\n]{0,200}No space left)\S|error occurred while downloading using `hf_transfer`|Distant resource does not seem to be on huggingface\.co/,
    sees: [
      'RuntimeError: Data processing error: CAS service error : ReqwestMiddleware Error: Request failed after 5 retries',
      'RuntimeError: An error occurred while downloading using `hf_transfer`. Consider disabling HF_HUB_ENABLE_HF_TRANSFER for better error handling.',
      'huggingface_hub.errors.FileMetadataError: Distant resource does not seem to be on huggingface.co. It is possible that a configuration issue prevents you from downloading resources from https://huggingface.co. Please check your firewall and proxy settings',
    ],
    ignores: [
      'RuntimeError: Data processing error: CAS service error : IO Error: No space left on device (os error 28)',
    ],
  },
]);
