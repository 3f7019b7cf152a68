/**
 * The bill of materials (CycloneDX 1.5), by npm itself from the lockfile. It is cut down to what is in the package, and what
 * differs between two runs is taken out, so that the same commit has the same file.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { root, run } from '../process.ts';
import { readNotices } from './notices.ts';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly group?: string;
  readonly version: string;
  readonly scope?: string;
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn?: readonly string[];
}

interface Bom {
  serialNumber?: string;
  readonly metadata: { timestamp?: string; readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
}

function fullName({ group, name }: Component): string {
  return group === undefined || name.startsWith('@') ? name : `${group}/${name}`;
}

/** `shipped`: "name@version" of what is in the package. */
export function cutBom(whole: Bom, shipped: ReadonlySet<string>): Bom {
  const components = whole.components
    .filter((component) => shipped.has(`${fullName(component)}@${component.version}`))
    .map((component) => without(component, 'scope'));
  const refs = new Set(components.map((component) => component['bom-ref']));
  const dependencies = whole.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({
      ref,
      dependsOn: dependsOn.filter((one) => refs.has(one)),
    }));
  const rest = without(whole.metadata, 'timestamp');
  // npm takes the folder's name, which is another on each computer, and everything for a library.
  const component = { ...rest.component, type: 'application', name: 'portreeve' };
  const metadata = { ...rest, component };
  const bom = { ...whole, metadata, components, dependencies };
  const hash = createHash('sha256')
    .update(JSON.stringify({ ...bom, serialNumber: '' }))
    .digest('hex');
  return { ...bom, serialNumber: `urn:uuid:${uuidOf(hash)}` };
}

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const copy = { ...value };
  delete copy[key];
  return copy;
}

/** Version 8 of RFC 9562: made of what one likes. */
function uuidOf(hash: string): string {
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`];
  return [...parts, `8${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-');
}

/** Electron is no dependency for npm, but the greatest part of the package. */
function shippedPackages(): Set<string> {
  const { devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const names = readNotices().map(({ name, version }) => `${name}@${version}`);
  return new Set([...names, `electron@${devDependencies['electron'] ?? ''}`]);
}

/** Writes the file; rejects with npm's words, or with what is shipped and unknown to the lockfile. */
export async function writeBom(file: string): Promise<void> {
  const flags = ['--sbom-format=cyclonedx', '--package-lock-only', '--loglevel=error'];
  const { code, output } = await run('npm', ['sbom', ...flags], { cwd: root });
  const start = output.indexOf('{');
  if (code !== 0 || start < 0) throw new Error(`npm sbom failed: ${output}`);
  const shipped = shippedPackages();
  const bom = cutBom(JSON.parse(output.slice(start)) as Bom, shipped);
  const found = new Set(bom.components.map((one) => `${fullName(one)}@${one.version}`));
  const missing = [...shipped].filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`not in the lockfile: ${missing.join(', ')}`);
  writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
}
