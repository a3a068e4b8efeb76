import { describe, expect, it } from 'vitest';
import { defaultIncidentSettings } from '../../../workflows/domain/incident-input.ts';
import { createApi } from '../../../workers/api/app.ts';
import { sha256Hex } from '../../../workers/api/bearer.ts';
import { bodyBytesMax } from '../../../workers/api/limits.ts';
import { problemKinds } from '../../../workers/api/problem-kinds.ts';
import { allowOf, routes } from '../../../workers/api/routes.ts';
import { anAlertmanagerBody } from '../support/alert-bodies.ts';
import { rememberingGateway } from '../support/remembering-gateway.ts';
import { describedAnswers, resolvedDocument } from './described-answers.ts';

const token = 'a-token-of-the-tests-0123456789';
const app = createApi({
  gateway: rememberingGateway().gateway,
  tokens: () => [{ name: 'tests', sha256: sha256Hex(token), expiresAtMs: null }],
  clusters: ['site-a'],
  settings: defaultIncidentSettings,
  log: { info: () => undefined, warn: () => undefined, error: () => undefined },
});
const document = await resolvedDocument();
const described = await describedAnswers();
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

describe('the OpenAPI document', () => {
  it('is served as it is made, to anybody, and only once to a client that keeps it', async () => {
    const first = await app.request('/openapi.json');
    expect(await first.clone().json()).toMatchObject({ openapi: '3.1.1', paths: { '/v1/alerts': {} } });
    expect(first.headers.get('cache-control')).toMatch(/^public, max-age=\d+$/);
    await described.check('GET', '/openapi.json', first.clone());
    const again = await app.request('/openapi.json', {
      headers: { 'if-none-match': first.headers.get('etag') ?? 'none' },
    });
    expect(again.status).toBe(304);
    await described.check('GET', '/openapi.json', again);
  });

  it('describes exactly the routes of the app', () => {
    const registered = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`);
    const documented = operations.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(registered)).toEqual(new Set(documented));
    expect(documented.toSorted()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).toSorted());
  });

  it.each(operations)('$method $path answers as it says', async ({ path, method }) => {
    const withBody = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(anAlertmanagerBody()) };
    const response = await app.request(path, {
      method,
      ...(method === 'POST' ? withBody : {}),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    expect(response.status).toBeLessThan(300);
    await described.check(method, path, response);
  });

  it.each(operations)(
    '$method $path asks for a token where the document says so',
    async ({ path, method, operation }) => {
      const { status } = await app.request(path, { method });
      expect(status === 401).toBe(operation.responses['401'] !== undefined);
      expect(Object.hasOwn(operation, 'security')).toBe(true);
    },
  );

  it.each(Object.keys(document.paths))('%s answers 405 to the methods that are not described', async (path) => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      if (document.paths[path]?.[method.toLowerCase()] !== undefined) continue;
      const response = await app.request(path, { method });
      expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, allowOf(path)]);
      await described.check(method, path, response);
    }
  });

  it.each(['/', '/v1', '/v1/alerts/', '/openapi.yaml', '/v2/alerts'])('%s is not there', async (path) => {
    const response = await app.request(path);
    expect(response.status).toBe(404);
    await described.check('GET', path, response);
  });

  it('names every problem, its headers, and the limit of a body', () => {
    const text = JSON.stringify(document);
    for (const kind of Object.keys(problemKinds)) expect(text).toContain(`urn:wardround:problem:${kind}`);
    const post = document.paths['/v1/alerts']?.['post']?.responses ?? {};
    expect(Object.keys(post)).toEqual(['202', '400', '401', '413', '415', '422', '500', '503']);
    expect(post['503']?.headers).toHaveProperty('Retry-After');
    expect(post['401']?.headers).toHaveProperty('WWW-Authenticate');
    expect(text).toContain(`${bodyBytesMax} bytes`);
    expect(text).toContain('"maxItems":1000');
  });
});
