/**
 * `npm run screenshots`: pictures of the running product for the README, light and dark: real programs held by the driver
 * in the lab, in a real browser.
 */
import { mkdirSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type Stack, startStack } from '../test/e2e/stack.ts';
import { ManagerWindow, PromptWindow, launchBrowser } from '../test/e2e/windows.ts';
import { root } from './process.ts';

type Scheme = 'light' | 'dark';
const schemes: readonly Scheme[] = ['light', 'dark'];
const docs = path.join(root, 'docs');

const pictureOf = (what: string, scheme: Scheme): string =>
  path.join(docs, `screenshot-${what}-${scheme}.png`);

/** One after the other: a newer window of a role takes over from the older one. */
async function photographCard(
  stack: Stack,
  browser: Awaited<ReturnType<typeof launchBrowser>>,
): Promise<void> {
  for (const colorScheme of schemes) {
    const { prompt: address } = await stack.main.addresses();
    const options = { colorScheme, deviceScaleFactor: 2 };
    const prompt = await PromptWindow.open(browser, address, options);
    await prompt.cardOf('curl');
    await prompt.readyButton('allow');
    await prompt.page
      .locator('main')
      .screenshot({ path: pictureOf('card', colorScheme), omitBackground: true });
    if (colorScheme === 'dark')
      await prompt.answer('allow', { lifetime: 'always', scope: 'address' });
    else await prompt.close();
  }
}

async function photographManager(
  stack: Stack,
  browser: Awaited<ReturnType<typeof launchBrowser>>,
): Promise<void> {
  for (const colorScheme of schemes) {
    const { manager: address } = await stack.main.addresses();
    const options = { colorScheme, viewport: { width: 1000, height: 560 }, deviceScaleFactor: 2 };
    const manager = await ManagerWindow.open(browser, address, options);
    await manager.show('Rules');
    await manager.page.getByText('curl').first().waitFor();
    await manager.page.screenshot({ path: pictureOf('rules', colorScheme) });
    await manager.close();
  }
}

async function main(): Promise<void> {
  mkdirSync(docs, { recursive: true });
  const server = http.createServer((_request, response) => response.end('hello\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const browser = await launchBrowser();
  const stack = await startStack();
  try {
    const curl = stack.hold('curl', ['-sS', `http://127.0.0.1:${port}/`]);
    await photographCard(stack, browser);
    await curl.ended;
    await photographManager(stack, browser);
  } finally {
    await stack.stop();
    await browser.close();
    server.close();
  }
}

await main();
