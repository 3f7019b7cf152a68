/** Builds a kernel image: every source, the import libraries of its reviewed imports, its resource, and the link. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { root } from '../process.ts';
import {
  type Architecture,
  type Compiler,
  type CompilerName,
  complaint,
  compilers,
  systemHeaders,
} from './compilers.ts';
import { definition, readImports } from './imports.ts';
import { type Failure, inOrder, step, together } from './step.ts';

export interface Image {
  readonly name: string;
  /** Folders and single C files, relative to the repository. */
  readonly sources: readonly string[];
  readonly includes: readonly string[];
  /** More arguments for the compiler. */
  readonly flags: readonly string[];
  /** The files that list what it may import. */
  readonly imports: Readonly<Record<Architecture, readonly string[]>>;
  readonly exports: readonly string[];
  readonly resource: string | null;
}

const reviewed = 'driver/windows/ddk/imports.txt';
export const driverImports: Image['imports'] = {
  x64: [reviewed],
  arm64: [reviewed, 'driver/windows/ddk/imports-arm64.txt'],
};

/** What ships. */
export const driverImage: Image = {
  name: 'portreeve.sys',
  sources: ['driver/core', 'driver/windows'],
  includes: ['driver/windows', 'driver/windows/ddk', 'driver/core', 'driver/protocol'],
  flags: [],
  imports: driverImports,
  exports: [],
  resource: 'driver/windows/portreeve.rc',
};

/** The compiler whose image ships: docs/adr/0026-clang-makes-the-driver.md. */
export const shipped: CompilerName = 'clang';

/** Builds `folder`/`image.name`, which it empties first. Null when it has worked. */
export async function buildImage(
  image: Image,
  name: CompilerName,
  folder: string,
): Promise<Failure | null> {
  const missing = complaint(name);
  if (missing !== null) return { line: missing };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(folder, 'objects'), { recursive: true });
  const build = new Build(image, compilers[name], folder);
  return inOrder([
    () => build.compile(),
    () => build.importLibraries(),
    () => build.resource(),
    () => build.link(),
  ]);
}

class Build {
  readonly #image: Image;
  readonly #compiler: Compiler;
  readonly #folder: string;
  readonly #files: string[] = [];

  constructor(image: Image, compiler: Compiler, folder: string) {
    this.#image = image;
    this.#compiler = compiler;
    this.#folder = folder;
  }

  compile(): Promise<Failure | null> {
    const sources = [...sourcesOf(this.#image), ...this.#compiler.sources];
    return together(sources.map((file) => () => this.#compileOne(file)));
  }

  #compileOne(file: string): Promise<Failure | null> {
    const { cc, flags } = this.#compiler;
    const includes = this.#image.includes.flatMap((folder) => ['-I', folder]);
    const output = this.#file(`${file.replaceAll('/', '-')}.o`);
    return step(`${file} does not compile for Windows.`, cc, [
      ...flags,
      ...this.#image.flags,
      ...includes,
      ...systemHeaders(),
      ...['-c', file, '-o', output],
    ]);
  }

  importLibraries(): Promise<Failure | null> {
    const imports = [...readImports(this.#imports())];
    return inOrder(
      imports.map(
        ([library, names]) =>
          () =>
            this.#importLibrary(library, names),
      ),
    );
  }

  #importLibrary(library: string, names: readonly string[]): Promise<Failure | null> {
    const source = path.join(this.#folder, 'objects', `${library}.def`);
    writeFileSync(source, definition(library, names));
    const [program, args] = this.#compiler.library(source, this.#file(`${library}.lib`));
    return step(`No import library of ${library} could be made.`, program, args);
  }

  resource(): Promise<Failure | null> {
    const { resource } = this.#image;
    if (resource === null) return Promise.resolve(null);
    const output = this.#file(`resource${this.#compiler.resourceEnding}`);
    const [program, args] = this.#compiler.resource(resource, output);
    return step(`${resource} is not a resource.`, program, args);
  }

  link(): Promise<Failure | null> {
    const { name } = this.#image;
    const output = path.join(this.#folder, name);
    const [program, args] = this.#compiler.link({
      output,
      files: this.#files,
      exports: this.#exports(),
    });
    const line = `${name} does not link. What it may import is listed in ${this.#imports().join(' and ')}.`;
    return step(line, program, args);
  }

  #imports(): readonly string[] {
    return this.#image.imports[this.#compiler.architecture];
  }

  #exports(): string | null {
    const { name, exports } = this.#image;
    if (exports.length === 0) return null;
    const file = path.join(this.#folder, 'objects', 'exports.def');
    writeFileSync(file, definition(name, exports));
    return file;
  }

  /** A file of the build that the linker takes. */
  #file(name: string): string {
    const file = path.join(this.#folder, 'objects', name);
    this.#files.push(file);
    return file;
  }
}

/** Every C file of the image. */
export function sourcesOf(image: Image): string[] {
  return image.sources.flatMap(filesOf);
}

function filesOf(source: string): string[] {
  if (source.endsWith('.c')) return [source];
  return readdirSync(path.join(root, source))
    .filter((name) => name.endsWith('.c'))
    .toSorted()
    .map((name) => `${source}/${name}`);
}
