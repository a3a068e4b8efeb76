import { lineDetector } from './line-patterns.ts';

const hub = 'https://github.com/huggingface/huggingface_hub/blob/main/src/huggingface_hub/errors.py';

/** Model hubs, data sources and trackers on the internet. Their name look-ups and time-outs are not those of the job's own network. */
export const hubAccess = lineDetector('hub-access', [
  {
    id: 'hub.model.not-found',
    summary: 'a model or dataset does not exist under its name, or its owner has to grant access',
    role: 'cause',
    weighs: { 'user-code-error': 5.6 },
    source: hub,
    literals: [
      'gatedrepoerror',
      'repositorynotfounderror',
      'is not a local folder and is not a valid model identifier',
      'repo id must',
      'hfvalidationerror',
      'revisionnotfounderror',
      "doesn't exist on the hub",
      'cannot access gated repo',
      'does not appear to have a file named',
      'error no file named',
      'datasetnotfounderror',
    ],
    pattern:
      /GatedRepoError|RepositoryNotFoundError|is not a local folder and is not a valid model identifier|HFValidationError|Repo id must|RevisionNotFoundError|doesn't exist on the Hub|Cannot access gated repo|does not appear to have a file named|Error no file named|DatasetNotFoundError/,
    sees: [
      'huggingface_hub.errors.GatedRepoError: 401 Client Error. (Request ID: Root=1-66)',
      "OSError: meta-llama/Llama-9 is not a local folder and is not a valid model identifier listed on 'https://huggingface.co/models'",
      "huggingface_hub.errors.HFValidationError: Repo id must be in the form 'repo_name' or 'namespace/repo_name': '/data/models/llama'. Use `repo_type` argument if needed.",
      'OSError: Error no file named pytorch_model.bin, model.safetensors, tf_model.h5 found in directory /data/models/llama.',
    ],
    ignores: ['Repository cloned'],
  },
  {
    id: 'hub.unreachable',
    summary: 'a model hub, data source or tracker on the internet cannot be reached from here',
    role: 'cause',
    weighs: { 'user-code-error': 3.4, 'firewall-blocked': 3, 'socket-interface-mismatch': 0.3, 'facility-fault': 0.4 },
    source: hub,
    literals: [
      "we couldn't connect to 'https://huggingface.co'",
      'localentrynotfounderror',
      'offlinemodeisenabled',
      "host='huggingface.co'",
      "host='hf-mirror.com'",
      'on the hub (connectionerror',
      'on the hub (localentrynotfounderror',
      "host='api.wandb.ai'",
      'run initialization has timed out',
      "couldn't reach the hugging face hub",
      "couldn't reach https://",
      "host='pypi.org'",
      "host='files.pythonhosted.org'",
    ],
    pattern:
      /^(?![^\n]{0,1200}(?:[Rr]etrying|thrown while requesting|Retry\(total=[1-9]))[^\n]{0,1200}?(?:We couldn't connect to 'https:\/\/huggingface\.co'|LocalEntryNotFoundError|OfflineModeIsEnabled|(?:Max ?retries|MaxRetryError|ConnectTimeout|ReadTimeout|SSLError|ProxyError|ConnectionError)[^\n]{0,200}host='(?:huggingface\.co|hf-mirror\.com|api\.wandb\.ai)'|HTTPSConnectionPool\(host='huggingface\.co'[^\n]{0,60}Max retries exceeded|on the Hub \((?:ConnectionError|LocalEntryNotFoundError)\)|CommError: Run initialization has timed out|Couldn't reach (?:the Hugging Face Hub|https:\/\/(?:raw\.githubusercontent|huggingface)\S)|HTTPSConnectionPool\(host='(?:pypi\.org|files\.pythonhosted\.org)'[^\n]{0,60}(?:Max retries exceeded|Read timed out))/,
    sees: [
      "OSError: We couldn't connect to 'https://huggingface.co' to load this file, couldn't find it in the cached files and it looks like gpt2 is not the path to a directory containing a file named config.json.",
      "requests.exceptions.ConnectTimeout: (MaxRetryError(\"HTTPSConnectionPool(host='huggingface.co', port=443): Max retries exceeded with url: /api/models/gpt2",
      "ConnectionError: Couldn't reach 'wikitext' on the Hub (ConnectionError)",
      'wandb.errors.CommError: Run initialization has timed out after 90.0 sec.',
    ],
    ignores: [
      "'HTTPSConnectionPool(host='huggingface.co', port=443): Read timed out.' thrown while requesting GET; Retrying in 1s [Retry 1/5].",
      `'(ReadTimeoutError("HTTPSConnectionPool(host='huggingface.co', port=443): Read timed out. (read timeout=10)"), '(Request ID: 1)')' thrown while requesting HEAD https://huggingface.co/gpt2/resolve/main/config.json`,
      `WARNING:urllib3.connectionpool:Retrying (Retry(total=4, connect=None, read=None, redirect=None, status=None)) after connection broken by 'ReadTimeoutError("HTTPSConnectionPool(host='huggingface.co', port=443): Read timed out. (read timeout=10)")': /gpt2`,
    ],
  },
  {
    id: 'tracker.not-logged-in',
    summary: 'an experiment tracker wants a key or a log-in that it was not given',
    role: 'cause',
    weighs: { 'user-code-error': 5 },
    source: 'https://github.com/wandb/wandb/blob/main/wandb/errors/errors.py',
    literals: ['api_key not configured', 'wandb.errors.', 'wandb.sdk.errors.', 'no api key configured'],
    pattern:
      /api_key not configured|wandb\.(?:sdk\.)?errors\.(?:errors\.)?(?!CommError: [^\n]{0,80}timed out)\w{1,40}: |No API key configured/,
    sees: ['wandb.errors.UsageError: api_key not configured (no-tty). call wandb.login(key=[your_api_key])'],
    ignores: [
      'wandb: Currently logged in as: me. Use `wandb login --relogin` to force relogin',
      'wandb: Network error (ConnectionError), entering retry loop.',
    ],
  },
]);
