import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { headerMeanings, type HeaderName } from './headers.ts';
import { bodyBytesMax, requestsInFlightMax } from './limits.ts';
import { problemKinds, problemSchema, type ProblemKind } from './problem-kinds.ts';
import { problemsOf, routes, type Answer, type NamedSchema, type Route } from './routes.ts';

type Json = Readonly<Record<string, unknown>>;

/** The API as OpenAPI 3.1, from the table that the routes are registered from and the schemas that bodies are checked with. */
export function openApiDocument(): Json {
  const described: readonly Route[] = routes;
  return {
    openapi: '3.1.1',
    info: {
      title: 'Wardround API',
      version: packageJson.version,
      summary: 'Takes alerts, starts incidents.',
      description:
        'Every error is a problem document (RFC 9457). An address that is not listed answers 404, another method on a ' +
        'listed one 405 with `Allow`; where there is GET there is HEAD.\n\n' +
        `Limits: ${bodyBytesMax} bytes a body, ${requestsInFlightMax} deliveries taken at once.`,
      license: { name: 'Apache License 2.0', identifier: packageJson.license },
    },
    servers: [{ url: '/' }],
    paths: Object.fromEntries(described.map(({ path }) => [path, pathItem(described, path)])),
    components: {
      schemas: componentSchemas(described),
      responses: {
        NotFound: problemAnswer(['not-found']),
        MethodNotAllowed: problemAnswer(['method-not-allowed']),
      },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token for each sender; it may expire. `wardround api token create` makes one.',
        },
      },
    },
  };
}

function pathItem(described: readonly Route[], path: string): Json {
  const here = described.filter((route) => route.path === path);
  return Object.fromEntries(here.map((route) => [route.method.toLowerCase(), operation(route)]));
}

function operation(route: Route): Json {
  const { operation: operationId, summary, description, token, body, answers } = route;
  return {
    operationId,
    summary,
    description,
    security: token ? [{ bearer: [] }] : [],
    ...(body === null ? {} : { requestBody: requestBody(body) }),
    responses: { ...Object.fromEntries(answers.map((each) => [each.status, answer(each)])), ...problemAnswers(route) },
  };
}

function requestBody(body: NamedSchema): Json {
  return {
    required: true,
    description: `At most ${bodyBytesMax} bytes of UTF-8.`,
    content: { 'application/json': { schema: reference(body.name) } },
  };
}

function answer({ description, body, headers }: Answer): Json {
  if (body === null) return { description, headers: headersOf(headers) };
  const schema = body === 'any' ? { type: 'object' } : reference(body.name);
  return { description, headers: headersOf(headers), content: { 'application/json': { schema } } };
}

/** Problems of the same status share one entry. */
function problemAnswers(route: Route): Json {
  const byStatus = Object.groupBy(problemsOf(route), (kind) => problemKinds[kind].status);
  return Object.fromEntries(Object.entries(byStatus).map(([status, kinds]) => [status, problemAnswer(kinds ?? [])]));
}

function problemAnswer(kinds: readonly ProblemKind[]): Json {
  const schemas = kinds.map((kind) => reference(problemName(kind)));
  const headers = new Set(kinds.flatMap((kind): readonly HeaderName[] => problemKinds[kind].headers));
  return {
    description: kinds.map((kind) => problemKinds[kind].when).join('\n\n'),
    headers: headersOf([...headers]),
    content: { 'application/problem+json': { schema: schemas.length === 1 ? schemas[0] : { oneOf: schemas } } },
  };
}

function headersOf(names: readonly HeaderName[]): Json {
  return Object.fromEntries(
    names.map((name) => [
      headerCase(name),
      {
        description: headerMeanings[name],
        required: true,
        schema: { type: name === 'retry-after' ? 'integer' : 'string' },
      },
    ]),
  );
}

/** `www-authenticate` as people write it. */
function headerCase(name: HeaderName): string {
  if (name === 'www-authenticate') return 'WWW-Authenticate';
  if (name === 'etag') return 'ETag';
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

function componentSchemas(described: readonly Route[]): Json {
  const bodies = described.flatMap(({ body, answers }) => [body, ...answers.map((each) => each.body)]);
  const named = bodies.filter((body) => body !== null && body !== 'any');
  // The object of all kinds has no other keys.
  const kinds = Object.keys(problemKinds) as ProblemKind[];
  return {
    ...Object.fromEntries(named.map(({ name, schema }) => [name, jsonSchema(schema)])),
    ...Object.fromEntries(kinds.map((kind) => [problemName(kind), jsonSchema(problemSchema(kind))])),
  };
}

/** As senders and clients see it: what has a default may be left out, and more members may come with a later release. */
function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return rest;
}

function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

/** `token-expired` as `TokenExpiredProblem`. */
function problemName(kind: ProblemKind): string {
  return `${kind.replace(/(^|-)[a-z]/g, (part) => part.replace('-', '').toUpperCase())}Problem`;
}
