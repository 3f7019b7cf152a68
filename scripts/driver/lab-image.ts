/** fwpkclnt.sys for Wine: the emulator's filter engine with the exports that portreeve.sys imports. */
import { type Image, driverImports } from './image.ts';
import { readImports } from './imports.ts';

export function labImage(): Image {
  return {
    name: 'fwpkclnt.sys',
    sources: ['driver/lab/emulator/wfp', 'driver/lab/wine'],
    includes: ['driver/windows/ddk'],
    // Formats are checked where the lab is built. Stacks of Wine's threads are there as a whole: nothing to probe.
    flags: ['-Wno-format', '-mno-stack-arg-probe'],
    imports: { x64: ['driver/lab/wine/imports.txt'], arm64: [] },
    exports: readImports(driverImports.x64).get('fwpkclnt.sys') ?? [],
    resource: null,
  };
}
