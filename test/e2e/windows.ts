/** Page objects: the two windows as a person sees them, in a real Chromium. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import {
  type Browser,
  type BrowserContextOptions,
  type Locator,
  type Page,
  chromium,
} from 'playwright-core';
import { findBrowser } from '../../scripts/start/browser-program.ts';
import { root } from '../../scripts/process.ts';
import { closeElectronPage, electronPage, electronProgram } from './electron.ts';
import type { Lifetime, Scope, Verdict } from '../../src-preload/contract/model.ts';

const takenMs = 10_000;
const scopeLabels: Record<Scope, string> = {
  'address-port': 'This port',
  address: 'This address',
  host: 'This name',
  domain: 'Its domain',
  anything: 'Anywhere',
};
const lifetimeLabels: Record<Lifetime, string> = {
  once: 'Once',
  'while-it-runs': 'While it runs',
  'until-restart': 'Until restart',
  always: 'Always',
};

/** A Chromium without a screen. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error('no browser (Debian: apt-get install chromium)');
  const args = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath, args: [...args, '--no-first-run', '--no-sandbox'] });
}

abstract class Window {
  readonly page: Page;
  /** Script errors, console errors and violations of the content security policy. */
  readonly problems: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text());
    });
  }

  async close(): Promise<void> {
    if (electronProgram !== null) return closeElectronPage(this.page);
    await this.page.context().close();
  }

  /** Into build/screenshots. */
  async screenshot(name: string): Promise<void> {
    const folder = path.join(root, 'build/screenshots');
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: path.join(folder, `${name}.png`) });
  }
}

async function newPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions,
): Promise<Page> {
  const own = await electronPage(address);
  if (own !== null) return own;
  const context = await browser.newContext({ locale: 'en-US', colorScheme: 'light', ...options });
  return context.newPage();
}

export class PromptWindow extends Window {
  static async open(
    browser: Browser,
    address: string,
    options: BrowserContextOptions = {},
  ): Promise<PromptWindow> {
    const page = await newPage(browser, address, {
      viewport: { width: 440, height: 720 },
      ...options,
    });
    const window = new PromptWindow(page);
    if (electronProgram === null) await page.goto(address);
    await page.locator('.prompt-panel').waitFor();
    return window;
  }

  get card(): Locator {
    return this.page.getByRole('article', { name: 'Question of a program' });
  }

  /** Waits for the card of a program. */
  async cardOf(program: string): Promise<Locator> {
    const heading = this.card.getByRole('heading', { name: program });
    await heading.waitFor();
    return this.card;
  }

  /** Chooses and answers like a person: not before the buttons count. */
  async answer(verdict: Verdict, how: { scope?: Scope; lifetime?: Lifetime } = {}): Promise<void> {
    if (how.scope !== undefined) await this.choose(scopeLabels[how.scope]);
    if (how.lifetime !== undefined) await this.choose(lifetimeLabels[how.lifetime]);
    const before = await this.question();
    await (await this.readyButton(verdict)).click();
    for (let waited = 0; waited < takenMs; waited += 50) {
      if ((await this.question()) !== before) return;
      await this.page.waitForTimeout(50);
    }
    throw new Error('the answer was not taken');
  }

  /** The heading of the open card; empty when there is none. */
  private async question(): Promise<string> {
    return (await this.card.getByRole('heading').allInnerTexts()).join();
  }

  /** The button, once it is no longer inert: the guard is down from the moment in which the page says so. */
  async readyButton(verdict: Verdict): Promise<Locator> {
    await this.card.locator(`[data-answer="${verdict}"][aria-disabled="false"]`).waitFor();
    return this.card.getByRole('button', { name: verdict === 'allow' ? 'Allow' : 'Block' });
  }

  async choose(label: string): Promise<void> {
    await this.card.getByRole('radio', { name: label, exact: true }).click();
  }

  /** Waits until a program is listed below the open card. Names are wrapped in isolating characters. */
  async waitsBehind(program: string): Promise<void> {
    const name = new RegExp(`^Answer \\W?${program}\\W? now$`);
    await this.page.getByRole('button', { name }).waitFor();
  }

  /** Takes the last answer back, and waits until it is: the offer to do so is withdrawn by the same change. */
  async undo(): Promise<void> {
    const offer = this.page.getByRole('button', { name: /^Undo/ });
    await offer.click();
    await offer.waitFor({ state: 'hidden' });
  }
}

export class ManagerWindow extends Window {
  static async open(
    browser: Browser,
    address: string,
    options: BrowserContextOptions = {},
  ): Promise<ManagerWindow> {
    const page = await newPage(browser, address, {
      viewport: { width: 1180, height: 780 },
      ...options,
    });
    const window = new ManagerWindow(page);
    if (electronProgram === null) await page.goto(address);
    await page.getByRole('navigation', { name: 'Views' }).waitFor();
    return window;
  }

  /** Waits until the driver is there. */
  async connected(): Promise<void> {
    await this.page.getByText('On watch').first().waitFor();
  }

  async show(view: 'Now' | 'Inbox' | 'Rules' | 'Settings'): Promise<void> {
    const navigation = this.page.getByRole('navigation', { name: 'Views' });
    await navigation.getByText(view, { exact: true }).click();
  }
}
