// SPDX-License-Identifier: Apache-2.0
// The admin API as the console sees it. Everything that comes from it is text to show, never markup.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Item = { [name: string]: Json };

export interface Session {
  name: string;
  role: 'viewer' | 'operator' | 'admin';
}

export interface Page {
  items: Item[];
  next: string | null;
}

/** What the gateway refused, in its own words. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly errors: { path: string; message: string }[] = [],
  ) {
    super(message);
  }
}

let antiForgery = '';
let routes = new Set<string>();
let signedOut = () => {};

export function onSignedOut(call: () => void) {
  signedOut = call;
}

export interface Answer<T> {
  body: T;
  etag: string;
}

async function send<T>(method: string, path: string, body?: Json, etag?: string): Promise<Answer<T>> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET') headers['X-Gatehouse-Anti-Forgery'] = antiForgery;
  if (etag) headers['If-Match'] = etag;
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Problem(0, 'The gateway does not answer.');
  }
  const text = await response.text();
  let parsed: unknown = {};
  try {
    parsed = text ? JSON.parse(text) : {};
  } catch {
    throw new Problem(response.status, 'The gateway answered something that is not JSON.');
  }
  if (!response.ok) {
    const problem = parsed as { detail?: string; title?: string; errors?: { path: string; message: string }[] };
    if (response.status === 401 && path !== 'session') signedOut();
    throw new Problem(response.status, problem.detail ?? problem.title ?? `HTTP ${response.status}`, problem.errors);
  }
  return { body: parsed as T, etag: response.headers.get('ETag') ?? '' };
}

export const get = async <T = Item>(path: string): Promise<T> => (await send<T>('GET', path)).body;
export const getTagged = <T = Item>(path: string) => send<T>('GET', path);
export const post = async <T = Item>(path: string, body: Json = {}): Promise<T> => (await send<T>('POST', path, body)).body;
export const patch = async <T = Item>(path: string, body: Json, etag?: string): Promise<T> => (await send<T>('PATCH', path, body, etag)).body;
export const remove = (path: string, etag?: string) => send('DELETE', path, undefined, etag);

export function query(fields: Record<string, string | number | undefined>): string {
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return pairs.length ? `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}` : '';
}

export const page = (path: string, fields: Record<string, string | number | undefined> = {}) => get<Page>(path + query(fields));

/** Every item of a list that is short by its nature (servers, profiles, rules). */
export async function all(path: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ; ) {
    const got: Page = await page(path, { limit: 1000, cursor });
    items.push(...got.items);
    if (!got.next) return items;
    cursor = got.next;
  }
}

async function learnRoutes() {
  try {
    const document = await get<{ paths: Record<string, Record<string, unknown>> }>('openapi.json');
    routes = new Set(Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('/api/v1/', '')}`)));
  } catch {
    routes = new Set();
  }
}

/** Whether this gateway has a route: "POST runtimes/probe". */
export const has = (route: string) => routes.has(route);

async function begin(session: Session & { anti_forgery?: string }): Promise<Session> {
  antiForgery = session.anti_forgery ?? '';
  await learnRoutes();
  return { name: session.name, role: session.role };
}

export async function resume(): Promise<Session | null> {
  try {
    return await begin(await get<Session & { anti_forgery?: string }>('session'));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

export const signIn = async (credential: string) => begin(await post<Session & { anti_forgery?: string }>('session', { credential }));

export async function signOut() {
  await remove('session');
  antiForgery = '';
}
