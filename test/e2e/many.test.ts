import { copyFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Servers, type Stack, compileProgram, serveMany, startStack } from './stack.ts';
import { PromptWindow, launchBrowser } from './windows.ts';

const many = 200;
let browser: Browser;
let stack: Stack;
let prompt: PromptWindow;
let servers: Servers;
let flood: string;
let other: string;

beforeAll(async () => {
  flood = compileProgram('connect_many.c', 'flood');
  other = `${flood}-other`;
  copyFileSync(flood, other);
  servers = await serveMany(many);
  browser = await launchBrowser();
  stack = await startStack();
  prompt = await PromptWindow.open(browser, stack.main.ready.prompt);
});
afterAll(async () => {
  await prompt.close();
  await stack.stop();
  await browser.close();
  await servers.close();
});

interface Connection {
  readonly error: number;
  readonly ms: number;
}

function connectionsOf(output: string): Connection[] {
  return [...output.matchAll(/^(\d+) ([\d.]+)$/gm)].map(([, error, ms]) => ({
    error: Number(error),
    ms: Number(ms),
  }));
}

describe(`${many} connections of one program to ${many} addresses`, () => {
  it('make one card with a live count; one answer releases all; others never wait behind it', async () => {
    const permitted = stack.hold(other, [String(servers.port), '1']);
    await prompt.cardOf('flood-other');
    await prompt.answer('allow', { lifetime: 'always', scope: 'anything' });
    await permitted.ended;

    const flooding = stack.hold(flood, [String(servers.port), String(many)]);
    const card = await prompt.cardOf('flood');
    await card.getByText(`+${many - 1} waiting`).waitFor();
    await card.getByText(`and ${many - 1} other addresses`).waitFor();
    expect(await prompt.card.count()).toBe(1);
    expect(await prompt.page.getByText(/more programs? (is|are) waiting/).count()).toBe(0);
    await prompt.screenshot('card-flood');
    expect(servers.accepted()).toBe(1);

    const beside = await stack.hold(other, [String(servers.port), '20']).ended;
    const allowed = connectionsOf(beside.output);
    expect(allowed).toHaveLength(20);
    expect(allowed.every(({ error }) => error === 0)).toBe(true);
    expect(Math.max(...allowed.map(({ ms }) => ms))).toBeLessThan(1000);
    expect(connectionsOf(flooding.output())).toEqual([]);

    await prompt.answer('allow', { lifetime: 'once', scope: 'anything' });
    const { code, output } = await flooding.ended;
    expect(code).toBe(0);
    expect(connectionsOf(output).filter(({ error }) => error === 0)).toHaveLength(many);
    expect(servers.accepted()).toBe(1 + 20 + many);
    expect(prompt.problems).toEqual([]);
  });

  it('are refused together by one Block', async () => {
    const before = servers.accepted();
    const flooding = stack.hold(flood, [String(servers.port), String(many)]);
    const card = await prompt.cardOf('flood');
    await card.getByText(`+${many - 1} waiting`).waitFor();
    await prompt.answer('block', { lifetime: 'once', scope: 'anything' });
    const { output } = await flooding.ended;
    const refused = connectionsOf(output);
    expect(refused.filter(({ error }) => error === 13)).toHaveLength(many);
    expect(servers.accepted()).toBe(before);
  });
});
