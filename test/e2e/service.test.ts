/** Portreeve as a service: real processes of two accounts, their prompts and an administrator's windows in a real Chromium. */
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitOf } from '../../scripts/process.ts';
import type { BrowserMain } from '../../scripts/start/browser-shell.ts';
import { type ServiceStack, startServiceStack } from './service-stack.ts';
import { ManagerWindow, PromptWindow, launchBrowser } from './windows.ts';

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.log('Left out: only root can start programs of other accounts.');

let browser: Browser;
let stack: ServiceStack;
let server: http.Server;
let url: string;
let admin: BrowserMain;
let manager: ManagerWindow;
let all: PromptWindow;
let anna: PromptWindow;
let ben: PromptWindow;

describe.runIf(isRoot)('a service', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    server = http.createServer((_request, response) => response.end('the body arrived\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    stack = await startServiceStack();
    admin = await stack.join();
    manager = await ManagerWindow.open(browser, admin.ready.manager);
    await manager.connected();
    all = await PromptWindow.open(browser, admin.ready.prompt);
    anna = await PromptWindow.open(browser, await stack.promptOf('anna'));
    ben = await PromptWindow.open(browser, await stack.promptOf('ben'));
  });
  afterAll(async () => {
    await browser.close();
    server.close();
    await stack.stop();
  });

  const curl = (name: 'anna' | 'ben') =>
    stack.holdAs(name, 'curl', ['-sS', '--max-time', '60', url]);

  it('asks each account about its own programs, and administrators about all', async () => {
    const hers = curl('anna');
    await anna.cardOf('curl');
    await all.cardOf('curl');
    const his = curl('ben');
    await ben.cardOf('curl');
    await all.waitsBehind('curl');
    // Each has one card, and hears of no other.
    expect(await anna.page.getByRole('button', { name: /^Answer .* now$/ }).count()).toBe(0);
    expect(await ben.page.getByRole('button', { name: /^Answer .* now$/ }).count()).toBe(0);
    await anna.screenshot('service-anna');
    await all.screenshot('service-administrator');

    await anna.answer('allow', { lifetime: 'once' });
    expect(await hers.ended).toEqual({ code: 0, output: 'the body arrived\n' });
    expect(await ben.card.count()).toBe(1);
    expect(his.output()).toBe('');
    await ben.answer('block', { lifetime: 'once' });
    expect(await his.ended).toMatchObject({ code: 7 });
    await expect.poll(() => all.card.count()).toBe(0);
  });

  it('lets an administrator answer for everybody', async () => {
    const his = curl('ben');
    await ben.cardOf('curl');
    await all.cardOf('curl');
    await all.answer('allow', { lifetime: 'once' });
    expect(await his.ended).toEqual({ code: 0, output: 'the body arrived\n' });
    await expect.poll(() => ben.card.count()).toBe(0);
  });

  it('has another agent when one is killed, which shows what waits', async () => {
    const hers = curl('anna');
    await anna.cardOf('curl');
    const [processId = ''] = execFileSync('pgrep', ['-u', '61001', '-f', 'main-browser'], {
      encoding: 'utf8',
    }).split('\n');
    process.kill(Number(processId), 'SIGKILL');
    anna = await PromptWindow.open(browser, await stack.promptOf('anna'));
    await anna.cardOf('curl');
    expect(hers.output()).toBe('');
    await anna.answer('allow', { lifetime: 'once' });
    expect(await hers.ended).toEqual({ code: 0, output: 'the body arrived\n' });
  });

  it('killed while a question is open, settles it, says so in every window, and is joined when it is back', async () => {
    const hers = curl('anna');
    await anna.cardOf('curl');
    await all.cardOf('curl');
    stack.service.kill('SIGKILL');
    await exitOf(stack.service);
    // The driver settles by the policy for nobody there: blocked.
    expect(await hers.ended).toMatchObject({ code: 7 });
    await expect.poll(() => anna.card.count()).toBe(0);
    await expect.poll(() => all.card.count()).toBe(0);
    await all.page
      .getByText(/not running|cannot be reached/)
      .first()
      .waitFor();
    await anna.page
      .getByText(/not running|cannot be reached/)
      .first()
      .waitFor();
    expect(manager.problems).toEqual([]);

    await stack.startService();
    await manager.connected();
    const next = await PromptWindow.open(browser, await stack.promptOf('anna'));
    const again = curl('anna');
    await next.cardOf('curl');
    await all.cardOf('curl');
    await next.answer('allow', { lifetime: 'while-it-runs' });
    expect(await again.ended).toEqual({ code: 0, output: 'the body arrived\n' });
    expect(all.problems).toEqual([]);
    expect(next.problems).toEqual([]);
  });
});
