/** The installer's actions and values as XML of WiX. What is written here is the same in WiX 3, WiX 4 and wixl. */
import type { Architecture } from '../driver/compilers.ts';
import { escapeXml } from '../../src-main/platform/logon-task.ts';
import {
  type Action,
  type InstallerProperty,
  type RegistryComponent,
  actions,
  launchConditions,
  properties,
  registry,
  searchPath,
} from './actions.ts';
import { askFile, setupFile } from './setup.ts';

/** As Windows names them in its environment. */
export const machines: Readonly<Record<Architecture, string>> = { x64: 'AMD64', arm64: 'ARM64' };

const environmentKey = 'SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment';
const versionKey = 'SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion';

/** Everything that stands directly below Product. */
export function productElements(architecture: Architecture): string {
  return [
    search('WINBUILD', versionKey, 'CurrentBuildNumber'),
    search('MACHINE', environmentKey, 'PROCESSOR_ARCHITECTURE'),
    ...launchConditions(machines[architecture]).map(
      ({ condition, message }) =>
        `<Condition Message="${escapeXml(message)}">${escapeXml(condition)}</Condition>`,
    ),
    ...properties.map(propertyElement),
    `<Binary Id="PrSetup" SourceFile="${escapeXml(setupFile(architecture))}"/>`,
    `<Binary Id="PrAsk" SourceFile="${escapeXml(askFile)}"/>`,
    ...actions.map(actionElement),
    '<InstallExecuteSequence>',
    ...actions.map(
      ({ id, sequence, condition }) =>
        `<Custom Action="${id}" Sequence="${sequence}">${escapeXml(condition)}</Custom>`,
    ),
    '</InstallExecuteSequence>',
  ].join('\n');
}

/** The components of the registry values; `attributes` are those that a dialect wants besides. */
export function registryComponents(attributes: string): string {
  return registry.map((component) => registryElement(component, attributes)).join('\n');
}

/** Within the component of the program that it is for. */
export function searchPathElement(): string {
  const { id, name, value } = searchPath;
  return `<Environment Id="${id}" Name="${name}" Value="${value}" Part="last" Action="set" System="yes" Permanent="no"/>`;
}

function search(property: string, key: string, name: string): string {
  return (
    `<Property Id="${property}"><RegistrySearch Id="${property}Search" Root="HKLM" Key="${key}" ` +
    `Name="${name}" Type="raw" Win64="yes"/></Property>`
  );
}

function propertyElement({ id, initial }: InstallerProperty): string {
  const value = initial === null ? '' : ` Value="${initial}"`;
  return `<Property Id="${id}" Secure="yes"${value}/>`;
}

function actionElement({ id, when, command, mustWork }: Action): string {
  const what =
    command === null
      ? 'BinaryKey="PrAsk" DllEntry="AskAboutRules"'
      : `BinaryKey="PrSetup" ExeCommand="${escapeXml(command)}"`;
  const impersonate = when === 'immediate' ? 'yes' : 'no';
  const result = mustWork ? 'check' : 'ignore';
  return `<CustomAction Id="${id}" ${what} Execute="${when}" Impersonate="${impersonate}" Return="${result}"/>`;
}

function registryElement(component: RegistryComponent, attributes: string): string {
  const { id, guid, key, values } = component;
  const rows = values.map(
    ({ name, type, value }, index) =>
      `<RegistryValue Root="HKLM" Key="${key}" Name="${name}" Type="${type}" ` +
      `Value="${escapeXml(value)}"${index === 0 ? ' KeyPath="yes"' : ''}/>`,
  );
  return [`<Component Id="${id}" Guid="${guid}"${attributes}>`, ...rows, '</Component>'].join('\n');
}
