/** Makes a virtual machine ready for a test-signed driver, and installs it under Driver Verifier. */
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { release } from 'node:os';
import path from 'node:path';

import { type Check, Skip } from './check.ts';
import { FIRST_BUILD, type Kit, SERVICE, imageOfService, stateOfService } from './kit.ts';
import type { Phase } from './state.ts';
import { byPowershell, quoted } from './windows.ts';

const SUBJECT = 'CN=Portreeve kit (do not trust)';

export const prerequisites: readonly Check<Kit>[] = [
  { id: 'before.build', title: 'Windows is new enough for a primitive driver', run: build },
  { id: 'before.rights', title: 'the kit runs as an administrator', run: rights },
  { id: 'before.machine', title: 'this is a virtual machine', run: machine },
  { id: 'before.integrity', title: 'Memory Integrity is on', run: memoryIntegrity },
];

export const installation: readonly Check<Kit>[] = [
  { id: 'install.package', title: 'Windows takes the package', run: addPackage },
  { id: 'install.service', title: 'it made the service that the INF describes', run: service },
];

export const prepare: Phase<Kit> = {
  title: 'Prepare this computer',
  changes: [
    'a certificate of this kit becomes trusted for programs and drivers',
    'Windows goes into test mode (a watermark says so) and has to restart',
  ],
  async run(kit) {
    // Whoever tries again has changed something.
    kit.store.forget(prerequisites);
    await kit.store.runChecks(prerequisites, kit);
    const failed = kit.store.state.results.filter(({ outcome }) => outcome === 'failed');
    if (failed.length > 0) throw new Error(`not here: ${failed.map(({ id }) => id).join(', ')}`);
    await trustCertificates(kit);
    return testMode(kit);
  },
};

export const install: Phase<Kit> = {
  title: 'Install the driver under Driver Verifier',
  changes: [
    'the driver package is added to the driver store; its service starts on demand only',
    'Driver Verifier watches portreeve.sys from the next restart on',
  ],
  async run(kit) {
    await signCatalog(kit, path.join(kit.folder, 'package'));
    await kit.store.runChecks(installation, kit);
    // A driver that brings the computer down while it starts must not do so at every start.
    await kit.windows.must('sc.exe', ['config', SERVICE, 'start=', 'demand']);
    kit.store.willChange({ title: 'Driver Verifier', program: 'verifier.exe', args: ['/reset'] });
    // Some versions end with 2: a restart is needed.
    await kit.windows.run('verifier.exe', ['/standard', '/driver', 'portreeve.sys']);
    return 'restart';
  },
};

function build({ store }: Kit): Promise<string> {
  const found = release();
  store.fact('Windows', found);
  assert.ok(Number(found.split('.')[2]) >= FIRST_BUILD, `${found} is older than ${FIRST_BUILD}`);
  return Promise.resolve(found);
}

/** fltmc answers administrators alone. */
async function rights({ windows }: Kit): Promise<undefined> {
  const { code } = await windows.run('fltmc.exe', []);
  assert.equal(code, 0, 'run kit.ps1 in a PowerShell that was started as administrator');
}

async function machine({ windows, store }: Kit): Promise<string> {
  const script =
    '(Get-CimInstance Win32_ComputerSystem | ForEach-Object { $_.Manufacturer, $_.Model }) -join " "';
  const model = (await windows.powershell(script)).trim();
  store.fact('computer', model);
  if (!/virtual|vmware|qemu|kvm|xen|parallels/i.test(model)) {
    throw new Skip(`${model} does not look like one; nothing brings a real computer back`);
  }
  return model;
}

/** 2 among the services that run ("Enable memory integrity", Win32_DeviceGuard). */
async function memoryIntegrity({ windows, store }: Kit): Promise<string> {
  const script =
    '(Get-CimInstance -Namespace root/Microsoft/Windows/DeviceGuard Win32_DeviceGuard).SecurityServicesRunning -join ","';
  const running = (await windows.powershell(script)).trim();
  const on = running.split(',').includes('2');
  store.fact('Memory Integrity', on ? 'on' : 'off');
  if (!on) throw new Skip('turn it on in Windows Security, Core isolation, and run the kit again');
  return 'on';
}

/** The kit's own signs the catalog; its key stays on this computer. The other one has signed the image. */
async function trustCertificates({ windows, store, folder }: Kit): Promise<void> {
  const own = path.join(folder, 'kit.cer');
  const stores = ['My', 'Root', 'TrustedPublisher'].map((name) => `'Cert:\\LocalMachine\\${name}'`);
  const undo = `Get-ChildItem -Path ${stores.join(', ')} | Where-Object Subject -like '*Portreeve*(do not trust)' | Remove-Item`;
  store.willChange({ title: 'certificates', ...byPowershell(undo) });
  await windows.powershell(`
    $mine = Get-ChildItem Cert:\\LocalMachine\\My | Where-Object Subject -eq ${quoted(SUBJECT)} | Select-Object -First 1
    if (-not $mine) {
      $mine = New-SelfSignedCertificate -Type CodeSigningCert -Subject ${quoted(SUBJECT)} -CertStoreLocation Cert:\\LocalMachine\\My
    }
    Export-Certificate -Cert $mine -FilePath ${quoted(own)} | Out-Null
    foreach ($file in ${quoted(own)}, ${quoted(path.join(folder, 'portreeve-test.cer'))}) {
      foreach ($store in 'Root', 'TrustedPublisher') {
        Import-Certificate -FilePath $file -CertStoreLocation "Cert:\\LocalMachine\\$store" | Out-Null
      }
    }`);
}

/** The options that this Windows was started with say whether it is in test mode. */
async function testMode({ windows, store }: Kit): Promise<'go on' | 'restart'> {
  const key = 'HKLM:\\SYSTEM\\CurrentControlSet\\Control';
  const options = await windows.powershell(`(Get-ItemProperty ${key}).SystemStartOptions`);
  if (options.includes('TESTSIGNING')) return 'go on';
  const args = ['/set', 'testsigning', 'off'];
  store.willChange({ title: 'test mode', program: 'bcdedit.exe', args });
  const { code, output } = await windows.run('bcdedit.exe', ['/set', 'testsigning', 'on']);
  if (code !== 0) {
    throw new Error(`Windows refuses test mode; turn Secure Boot off. ${output.trim()}`);
  }
  return 'restart';
}

/** New-FileCatalog takes every file of the folder, so the old catalog goes first and the new one is made outside. */
export async function signCatalog({ windows, folder }: Kit, packageFolder: string): Promise<void> {
  const catalog = path.join(packageFolder, 'portreeve.cat');
  const made = path.join(folder, 'portreeve.cat');
  rmSync(catalog, { force: true });
  await windows.powershell(`
    New-FileCatalog -Path ${quoted(packageFolder)} -CatalogFilePath ${quoted(made)} -CatalogVersion 2.0 | Out-Null
    $mine = Get-ChildItem Cert:\\LocalMachine\\My | Where-Object Subject -eq ${quoted(SUBJECT)} | Select-Object -First 1
    $signed = Set-AuthenticodeSignature -FilePath ${quoted(made)} -Certificate $mine -HashAlgorithm SHA256
    if ($signed.Status -ne 'Valid') { throw $signed.StatusMessage }
    Move-Item ${quoted(made)} ${quoted(catalog)}`);
}

/** Adds a package and remembers how to remove it. Its name in the store is the only word like it in pnputil's answer. */
export async function addDriver({ windows, store }: Kit, folder: string): Promise<string> {
  const inf = path.join(folder, 'portreeve.inf');
  const { code, output } = await windows.run('pnputil.exe', ['/add-driver', inf, '/install']);
  const name = /\boem\d+\.inf\b/i.exec(output)?.[0];
  if (name !== undefined) {
    const args = ['/delete-driver', name, '/uninstall', '/force'];
    store.willChange({ title: `driver package ${name}`, program: 'pnputil.exe', args });
  }
  // ERROR_SUCCESS_REBOOT_REQUIRED is a success.
  if (code !== 0 && code !== 3010) throw new Error(`pnputil: ${code}: ${output.trim()}`);
  return `${name ?? ''}${code === 3010 ? ', asks for a restart' : ''}`;
}

function addPackage(kit: Kit): Promise<string> {
  return addDriver(kit, path.join(kit.folder, 'package'));
}

async function service(kit: Kit): Promise<string> {
  assert.notEqual(await stateOfService(kit), 'none', 'there is no service');
  const image = await imageOfService(kit);
  assert.match(image, /\\DriverStore\\FileRepository\\portreeve\.inf_/i);
  assert.ok(existsSync(image), `${image} is missing`);
  const { output } = await kit.windows.run('sc.exe', ['qc', SERVICE]);
  assert.match(output, /\bBFE\b/, 'it does not depend on the filter engine');
  return image;
}
