/** Completes the project that electron-builder has made for WiX, before WiX reads it. */
import type { Architecture } from '../driver/compilers.ts';
import { resetShortcut } from './actions.ts';
import { consoleProgram, setupProgram } from './setup.ts';
import { productElements, registryComponents, searchPathElement } from './wix.ts';

/**
 * The project with our actions, values and shortcut, and the order of an upgrade. Throws when electron-builder's text has
 * changed in such a way that a place for one of them is gone.
 */
export function completeProject(project: string, architecture: Architecture): string {
  const steps: readonly (readonly [from: RegExp, to: string])[] = [
    // A failed upgrade brings the old version back.
    [/<MajorUpgrade /, '<MajorUpgrade Schedule="afterInstallInitialize" '],
    // Ours says which Windows.
    [/<Condition Message="Windows 7[\s\S]*?<\/Condition>/, ''],
    [
      new RegExp(`<File Name="${setupProgram}"([^>]*)/>`),
      `<File Id="portreeveSetup" Name="${setupProgram}"$1>\n${shortcut()}\n</File>`,
    ],
    [new RegExp(`<File Name="${consoleProgram}"[^>]*/>`), `$&\n${searchPathElement()}`],
    [/<\/ComponentGroup>/, `${registryComponents('')}\n</ComponentGroup>`],
    [/<\/Product>/, `${productElements(architecture)}\n</Product>`],
  ];
  return steps.reduce((text, [from, to]) => {
    if (!from.test(text)) throw new Error(`electron-builder's project has no ${from.source}`);
    return text.replace(from, to);
  }, project);
}

function shortcut(): string {
  const { id, name, description } = resetShortcut;
  return (
    `<Shortcut Id="${id}" Directory="ProgramMenuFolder" Name="${name}" Description="${description}" ` +
    `Arguments="${resetShortcut.arguments}" WorkingDirectory="APPLICATIONFOLDER" Advertise="yes" Icon="PortreeveIcon.exe"/>`
  );
}
