/** Answers requests of the `app` scheme from the allow-list of built files: app://prompt/ and app://manager/. */
import type { Role } from '../../../src-preload/contract/calls.ts';
import type { PageFiles } from '../page-files.ts';
import { securityHeaders } from '../security-headers.ts';

export const scheme = 'app';
const roles: readonly Role[] = ['prompt', 'manager'];

/** Address of a role's page; each role is an origin of its own. */
export function pageAddress(role: Role): string {
  return `${scheme}://${role}/`;
}

/** Whether an address is one of our pages'. */
export function isOwnAddress(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === `${scheme}:` && roles.some((role) => role === url.host);
}

/** The answer to one request. Unknown hosts and everything that is not in the list are 404, whatever the path looks like. */
export function answerPageRequest(method: string, address: string, files: PageFiles): Response {
  const url = URL.parse(address);
  const role = roles.find((known) => known === url?.host);
  if (url === null || url.protocol !== `${scheme}:` || role === undefined || method !== 'GET') {
    return notFound();
  }
  const file = files.get(url.pathname === '/' ? `/windows/${role}/index.html` : url.pathname);
  if (file === undefined) return notFound();
  const headers = { ...securityHeaders("'none'"), 'content-type': file.type };
  return new Response(new Uint8Array(file.body), { headers });
}

function notFound(): Response {
  return new Response('No such file.', { status: 404, headers: securityHeaders("'none'") });
}
