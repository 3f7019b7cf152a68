import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exitOf } from '../../scripts/process.ts';
import { type Servers, type Stack, compileProgram, serveMany, startStack } from './stack.ts';
import { ManagerWindow, PromptWindow, launchBrowser } from './windows.ts';

const many = 50;
const eacces = 13;
let browser: Browser;
let stack: Stack;
let servers: Servers;
let program: string;

beforeAll(async () => {
  program = compileProgram('connect_many.c', 'held-many');
  servers = await serveMany(many);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await servers.close();
});
beforeEach(async () => {
  stack = await startStack();
});
afterEach(() => stack.stop());

function errorsOf(output: string): number[] {
  return [...output.matchAll(/^(\d+) [\d.]+$/gm)].map((match) => Number(match[1]));
}

describe('main killed while 50 connections are held', () => {
  it('all are settled by the no-client policy within a second, and the next main tells of them', async () => {
    const prompt = await PromptWindow.open(browser, stack.main.ready.prompt);
    const held = stack.hold(program, [String(servers.port), String(many)]);
    const card = await prompt.cardOf('held-many');
    await card.getByText(`+${many - 1} waiting`).waitFor();

    stack.main.child.kill('SIGKILL');
    const killed = performance.now();
    const { output } = await held.ended;
    expect(performance.now() - killed).toBeLessThan(1000);
    expect(errorsOf(output)).toEqual(Array.from({ length: many }, () => eacces));
    expect(servers.accepted()).toBe(0);
    await exitOf(stack.main.child);
    await prompt.page.getByText('Portreeve is not running').first().waitFor();
    await prompt.close();

    // Nobody is there: what comes now is settled at once as well.
    const alone = await stack.hold(program, [String(servers.port), '3']).ended;
    expect(errorsOf(alone.output)).toEqual([eacces, eacces, eacces]);

    await stack.startMain();
    const manager = await ManagerWindow.open(browser, stack.main.ready.manager);
    await manager.show('Inbox');
    await manager.page.getByText('held-many').first().waitFor();
    await manager.page.getByText('Portreeve was not running').first().waitFor();
    await manager.screenshot('manager-away');
    expect(manager.problems).toEqual([]);
    await manager.close();
  });
});

describe('lab killed under main', () => {
  it('both windows say so and recover by themselves when it is back', async () => {
    const prompt = await PromptWindow.open(browser, stack.main.ready.prompt);
    const manager = await ManagerWindow.open(browser, stack.main.ready.manager);
    await manager.connected();

    const lab = stack.lab.processId();
    if (lab === undefined) throw new Error('the lab has no process');
    process.kill(lab, 'SIGKILL');
    await manager.page.getByText('Connections are not being held').first().waitFor();
    await prompt.page.getByText('Connections are not being held').first().waitFor();
    await prompt.screenshot('prompt-driver-lost');
    await manager.screenshot('manager-driver-lost');

    await stack.startLab();
    await manager.connected();
    await expect
      .poll(() => prompt.page.getByText('Connections are not being held').count())
      .toBe(0);
    const held = stack.hold(program, [String(servers.port), '1']);
    await prompt.cardOf('held-many');
    await prompt.answer('allow', { lifetime: 'once' });
    expect(errorsOf((await held.ended).output)).toEqual([0]);
    expect(prompt.problems).toEqual([]);
    expect(manager.problems).toEqual([]);
    await prompt.close();
    await manager.close();
  });
});
