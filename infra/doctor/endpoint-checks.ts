import { connect } from 'node:http2';
import { fail, ok, type CheckSpec, type DoctorContext, type Endpoints, type Finding } from './check.ts';

/** Whether the servers that the configuration names answer. */
export const endpointChecks: readonly CheckSpec[] = [
  { id: 'endpoint.temporal', title: 'Temporal', run: (context) => checkEndpoint('temporal', context, grpc) },
  { id: 'endpoint.s3', title: 'S3', run: (context) => checkEndpoint('s3', context, http('/')) },
  {
    id: 'endpoint.chroma',
    title: 'Chroma',
    run: (context) => checkEndpoint('chroma', context, http('/api/v2/heartbeat')),
  },
  { id: 'endpoint.metrics', title: 'Metrics', run: (context) => checkEndpoint('metrics', context, http('/')) },
  // Incidents are diagnosed without it, too.
  {
    id: 'endpoint.model',
    title: 'Model',
    run: async (context) => asWarning(await checkEndpoint('model', context, http(''))),
  },
];

function asWarning(found: Finding): Finding {
  return found.status === 'fail' ? { ...found, status: 'warn' } : found;
}

const answerMsMax = 3_000;

const variables: Readonly<Record<keyof Endpoints, string>> = {
  temporal: 'WARDROUND_TEMPORAL_ADDRESS',
  s3: 'WARDROUND_S3_ENDPOINT',
  chroma: 'WARDROUND_CHROMA_URL',
  metrics: 'WARDROUND_METRICS_URL',
  model: 'WARDROUND_MODEL_URL',
};

/** Answers undefined when reached, otherwise why not. */
type Reach = (place: string) => Promise<string | undefined>;

async function checkEndpoint(name: keyof Endpoints, context: DoctorContext, reach: Reach): Promise<Finding> {
  const place = context.endpoints[name];
  if (place === undefined) return ok('not configured');
  const why = await reach(place);
  const shown = withoutCredentials(place);
  if (why === undefined) return ok(`${shown} answers`);
  const check = `check ${variables[name]} and the network between`;
  const advice = context.stackRuns
    ? `${check}; or start the stack again: its logs are in ${context.stateDir}/logs`
    : check;
  return fail(`${shown}: ${withoutCredentials(why)}`, advice);
}

/** The kernel takes connections for a server that hangs; its first HTTP/2 frame can only come from itself. */
const grpc: Reach = (place) =>
  new Promise((resolve) => {
    const session = connect(`http://${place}`);
    const timer = setTimeout(() => end(`no answer in ${answerMsMax / 1000} s`), answerMsMax);
    const end = (why?: string): void => {
      clearTimeout(timer);
      session.destroy();
      resolve(why);
    };
    session.once('remoteSettings', () => end());
    session.on('error', (error) => end(reasonOf(error)));
  });

/** Any answer will do, 403 too: that the server is there is the question. */
function http(path: string): Reach {
  return async (place) => {
    try {
      const url = new URL(place);
      const answer = await fetch(new URL(path, url), { signal: AbortSignal.timeout(answerMsMax), redirect: 'manual' });
      await answer.body?.cancel();
      return answer.status >= 500 ? `answers ${answer.status}` : undefined;
    } catch (error) {
      return reasonOf(error);
    }
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer in ${answerMsMax / 1000} s`;
  if (error.cause !== undefined) return reasonOf(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function withoutCredentials(text: string): string {
  return text.replaceAll(/\/\/[^/@\s]*@/g, '//');
}
