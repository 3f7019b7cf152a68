/** Command-line switches that would let another program read or answer prompts; a packaged Portreeve refuses to run with any. */

const forbidden = [
  'remote-debugging-port',
  'remote-debugging-pipe',
  'remote-allow-origins',
  'inspect',
  'inspect-brk',
  'inspect-port',
  'no-sandbox',
  'disable-web-security',
  'disable-site-isolation-trials',
  'load-extension',
  'user-data-dir',
  'js-flags',
  'require',
  'gpu-launcher',
  'renderer-cmd-prefix',
  'utility-cmd-prefix',
];

/** The first forbidden switch among the arguments, without its dashes; null when there is none. */
export function forbiddenSwitch(args: readonly string[]): string | null {
  const names = args
    .filter((arg) => arg.startsWith('-') || (process.platform === 'win32' && arg.startsWith('/')))
    .map(
      (arg) =>
        arg
          .replace(/^(--?|\/)/, '')
          .split('=')[0]
          ?.toLowerCase() ?? '',
    );
  return names.find((name) => forbidden.includes(name)) ?? null;
}
