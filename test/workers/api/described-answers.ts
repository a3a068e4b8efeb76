import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'vitest';
import { z } from 'zod';
import { openApiDocument } from '../../../workers/api/openapi.ts';

export interface DescribedAnswers {
  /** Fails unless the answer is one that the OpenAPI document describes: status, headers and every member of the body. */
  check(method: string, path: string, response: Response): Promise<void>;
  /** What was checked so far: "POST /v1/alerts 202". */
  seen(): readonly string[];
}

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<'NotFound' | 'MethodNotAllowed', Answer>> };
}
export interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Answer>>;
}
interface Answer {
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>;
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

/** The document with its references resolved. */
export async function resolvedDocument(): Promise<Described> {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone({ ...openApiDocument() }));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
  // Valid by the standard's own schema.
  return validator.resolveRefs() as unknown as Described;
}

export async function describedAnswers(): Promise<DescribedAnswers> {
  const document = await resolvedDocument();
  const seen = new Set<string>();
  return {
    async check(method, path, response) {
      const answer = answerOf(document, method, path, response.status);
      expect(answer, `${method} ${path} answered ${response.status}, which is not described`).toBeDefined();
      for (const [name, { required }] of Object.entries(answer?.headers ?? {}))
        if (required === true) expect(response.headers.has(name), `${method} ${path}: header ${name}`).toBe(true);
      await checkBody(answer, response, method);
      seen.add(`${method} ${path} ${response.status}`);
    },
    seen: () => [...seen],
  };
}

function answerOf(document: Described, method: string, path: string, status: number): Answer | undefined {
  const { responses } = document.components;
  const item = document.paths[path];
  if (item === undefined) return status === 404 ? responses.NotFound : undefined;
  const operation = item[method.toLowerCase()] ?? (method === 'HEAD' ? item['get'] : undefined);
  if (operation === undefined) return status === 405 ? responses.MethodNotAllowed : undefined;
  return operation.responses[String(status)];
}

async function checkBody(answer: Answer | undefined, response: Response, method: string): Promise<void> {
  const type = response.headers.get('content-type');
  if (method === 'HEAD') return;
  if (answer?.content === undefined) {
    expect(await response.text()).toBe('');
    return;
  }
  expect(Object.keys(answer.content)).toContain(type);
  const schema = answer.content[type ?? '']?.schema ?? {};
  const parsed = z.fromJSONSchema(closed(schema) as z.core.JSONSchema.BaseSchema).safeParse(await response.json());
  expect(parsed.error?.issues ?? []).toEqual([]);
}

/** The description leaves room for members of later releases; an answer of today has none that is not described. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in inner ? { additionalProperties: false, ...inner } : inner;
}
