import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endChild } from '../../scripts/process.ts';
import { type Stack, startStack } from './stack.ts';
import { electronProgram } from './electron.ts';
import { ManagerWindow, PromptWindow, launchBrowser } from './windows.ts';

let browser: Browser;
let stack: Stack;
let prompt: PromptWindow;
let server: http.Server;
let requests: number;
let url: string;
let port: number;

beforeAll(async () => {
  browser = await launchBrowser();
  server = http.createServer((_request, response) => {
    requests++;
    response.end('the body arrived\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  url = `http://127.0.0.1:${port}/`;
});
afterAll(async () => {
  await browser.close();
  server.close();
});
beforeEach(async () => {
  requests = 0;
  stack = await startStack();
  prompt = await PromptWindow.open(browser, stack.main.ready.prompt);
});
afterEach(async () => {
  expect(prompt.problems).toEqual([]);
  await prompt.close();
  await stack.stop();
});

const nodeProgram = `
  const started = performance.now();
  const socket = require('node:net').connect(PORT, '127.0.0.1');
  socket.on('connect', () => { console.log('connected'); socket.destroy(); });
  socket.on('error', (error) => console.log(error.code, Math.round(performance.now() - started)));
`;
const runNode = () =>
  stack.hold(process.execPath, ['-e', nodeProgram.replace('PORT', String(port))]);
const runCurl = () => stack.hold('curl', ['-sS', '--max-time', '30', url]);

describe('a real program', () => {
  it('curl is held until Allow, and then gets its body', async () => {
    const curl = runCurl();
    const card = await prompt.cardOf('curl');
    expect(await card.innerText()).toContain('127.0.0.1');
    expect(await card.innerText()).toContain(String(port));
    expect(await card.innerText()).toContain('TCP');
    expect(await card.innerText()).toContain('/curl');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(requests).toBe(0);
    expect(curl.output()).toBe('');
    await prompt.screenshot('card-curl');
    await prompt.answer('allow', { lifetime: 'once' });
    expect(await curl.ended).toEqual({ code: 0, output: 'the body arrived\n' });
    expect(requests).toBe(1);
    await expect.poll(() => prompt.card.count()).toBe(0);
  });

  it('curl is refused at once by Block, and nothing reaches the server', async () => {
    const curl = runCurl();
    await prompt.cardOf('curl');
    await (await prompt.readyButton('block')).click();
    const clicked = performance.now();
    const { code, output } = await curl.ended;
    expect(performance.now() - clicked).toBeLessThan(1000);
    expect(code).toBe(7);
    expect(output).toMatch(
      /Permission denied|Couldn't connect|Could not connect|Failed to connect/,
    );
    expect(requests).toBe(0);
  });

  it('a Node program is allowed', async () => {
    const program = runNode();
    await prompt.cardOf('node');
    await prompt.answer('allow', { lifetime: 'once' });
    expect(await program.ended).toEqual({ code: 0, output: 'connected\n' });
  });

  it('a Node program is blocked with EACCES', async () => {
    const program = runNode();
    await prompt.cardOf('node');
    await prompt.answer('block', { lifetime: 'once' });
    expect((await program.ended).output).toMatch(/^EACCES \d+\n$/);
  });

  it('once means once: the next run is asked again', async () => {
    for (let round = 0; round < 2; round++) {
      const curl = runCurl();
      await prompt.cardOf('curl');
      await prompt.answer('allow', { lifetime: 'once' });
      expect((await curl.ended).code).toBe(0);
      await expect.poll(() => prompt.card.count()).toBe(0);
    }
  });

  it('always means always: also after a restart of Portreeve', async () => {
    const first = runCurl();
    await prompt.cardOf('curl');
    await prompt.answer('block', { lifetime: 'always', scope: 'anything' });
    expect((await first.ended).code).toBe(7);
    expect((await runCurl().ended).code).toBe(7);

    await endChild(stack.main.child);
    await stack.startMain();
    const manager = await ManagerWindow.open(browser, stack.main.ready.manager);
    await manager.connected();
    expect((await runCurl().ended).code).toBe(7);
    expect(requests).toBe(0);
    await manager.show('Rules');
    await manager.page.getByText('curl').first().waitFor();
    await manager.screenshot('manager-rules');
    expect(manager.problems).toEqual([]);
    await manager.close();
    // The old prompt window has no session with the new Portreeve; that it says so is not a problem of the page.
    prompt.problems.length = 0;
  });

  it('Undo takes an always answer back', async () => {
    const first = runCurl();
    await prompt.cardOf('curl');
    await prompt.answer('allow', { lifetime: 'always', scope: 'anything' });
    expect((await first.ended).code).toBe(0);
    await prompt.undo();
    const second = runCurl();
    await prompt.cardOf('curl');
    await prompt.answer('block', { lifetime: 'once' });
    expect((await second.ended).code).toBe(7);
  });

  it('two programs have a card each, and the answer to one leaves the other held', async () => {
    const curl = runCurl();
    await prompt.cardOf('curl');
    const program = runNode();
    await prompt.waitsBehind('node');
    await prompt.answer('allow', { lifetime: 'once' });
    expect((await curl.ended).code).toBe(0);
    await prompt.cardOf('node');
    expect(program.output()).toBe('');
    await prompt.answer('block', { lifetime: 'once' });
    expect((await program.ended).output).toContain('EACCES');
  });

  // Electron has one prompt window, which nobody can open twice.
  it.skipIf(electronProgram !== null)(
    'a newer prompt window takes over and the older one says so',
    async () => {
      const { prompt: address } = await stack.main.addresses();
      const newer = await PromptWindow.open(browser, address);
      await prompt.page.getByText(/open in another window/i).waitFor();
      const curl = runCurl();
      await newer.cardOf('curl');
      expect(await prompt.card.count()).toBe(0);
      await newer.answer('allow', { lifetime: 'once' });
      expect((await curl.ended).code).toBe(0);
      expect(newer.problems).toEqual([]);
      await newer.close();
    },
  );
});
