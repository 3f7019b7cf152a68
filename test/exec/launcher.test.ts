/** `portreeve-lab exec` stands for the program that it runs. */
import { chmodSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Lab, caller, until } from './lab.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start();
});

afterAll(() => lab.stop());

test('passes on output and exit code', async () => {
  const program = lab.run('sh', ['-c', 'echo out; echo err >&2; exit 42']);
  expect(await program.ended).toMatchObject({ code: 42, stdout: 'out\n', stderr: 'err\n' });
});

test('ends by the signal that ended the program', async () => {
  const program = lab.run('sh', ['-c', 'kill -TERM $$']);
  expect(await program.ended).toMatchObject({ code: 'SIGTERM' });
});

test('hands signals on to the program', async () => {
  const program = lab.run('sh', ['-c', 'trap "echo got it; exit 5" TERM; echo up; sleep 9 & wait']);
  await new Promise((resolve) => program.child.stdout?.once('data', resolve));
  program.child.kill('SIGTERM');
  expect(await program.ended).toMatchObject({ code: 5, stdout: 'up\ngot it\n' });
});

test('leaves signals, descriptors and limits as they were', async () => {
  const command =
    'grep SigIgn /proc/self/status; grep SigBlk /proc/self/status; ulimit -n; ls /proc/self/fd | wc -l';
  const plain = lab.launch(['exec', '--door', lab.door, '--', 'sh', '-c', command]);
  const { stdout } = await plain.ended;
  const direct = await new Promise<string>((resolve) => {
    void import('node:child_process').then(({ execFile }) =>
      execFile('sh', ['-c', command], (_error, text) => resolve(text)),
    );
  });
  expect(stdout).toBe(direct);
});

test.each([
  [127, ['no-such-program'], "there is no program 'no-such-program'"],
  [127, ['/no/such/program'], "there is no program '/no/such/program'"],
  [126, ['/etc/passwd'], "'/etc/passwd' can't be run: Permission denied"],
] as const)('exit code %i for what can not be run', async (code, command, line) => {
  const ended = await lab.run(command[0]).ended;
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(line);
  expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('without Portreeve it says how to start it', async () => {
  const door = path.join(lab.folder, 'none.sock');
  const ended = await lab.launch(['exec', '--door', door, '--', 'true']).ended;
  expect(ended.code).toBe(125);
  expect(ended.stderr).toBe(
    `portreeve-lab: Portreeve isn't running (nothing listens at ${door}): start it with \`npm start\`\n`,
  );
});

test.each([[[]], [['--door']], [['--door', 'x']], [['--door', 'x', '--']], [['true']]])(
  'wrong arguments get the usage: %j',
  async (args) => {
    const ended = await lab.launch(['exec', ...args]).ended;
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain('exec --door PATH -- PROGRAM');
  },
);

test('a launcher in a launcher says what to do', async () => {
  const ended = await lab.run(lab.program, ['exec', '--door', lab.door, '--', 'true']).ended;
  expect(ended.code).toBe(125);
  expect(ended.stderr).toContain('this runs behind a door already');
});

test('io_uring is refused, so that nothing goes around the filter', async () => {
  expect(await lab.caller('io-uring').ended).toMatchObject({ stdout: 'ENOSYS\n' });
});

test('calls of another architecture are refused', async () => {
  expect(await lab.caller('other-abi').ended).toMatchObject({ stdout: 'ENOSYS\nENOSYS\n' });
});

test('does not wait for what the program leaves in the background, which stays held', async () => {
  const command = `(sleep 0.3; exec '${caller()}' connect 127.0.0.1 9) </dev/null >/dev/null 2>&1 & exit 6`;
  const ended = await lab.run('sh', ['-c', command]).ended;
  expect(ended.code).toBe(6);
  const held = await lab.client.answerNext('block');
  expect(held.connection.path).toBe(caller());
  await lab.client.expectHeld(0);
});

test('pipes close when the program ends', async () => {
  const script = path.join(lab.folder, 'pipe.sh');
  writeFileSync(script, `#!/bin/sh\n"$1" exec --door "$2" -- sh -c 'echo one' | cat\necho two\n`);
  chmodSync(script, 0o755);
  const ended = lab.launch(['exec', '--door', lab.door, '--', 'true']).ended;
  await ended;
  const { execFile } = await import('node:child_process');
  const output = await new Promise<string>((resolve) => {
    execFile(script, [lab.program, lab.door], (_error, text) => resolve(text));
  });
  expect(output).toBe('one\ntwo\n');
});

test.each([
  ['another version', Buffer.from([12, 0, 0, 0, 1, 0, 0, 0, 99, 0, 0, 0])],
  [
    'an attempt before the greeting',
    Buffer.from([16, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
  ],
  ['a message that is too long', Buffer.alloc(4096, 0xff)],
  ['a message that is too short', Buffer.alloc(64)],
  ['nothing', Buffer.alloc(0)],
])('the door hangs up on %s and goes on', async (_what, bytes) => {
  const socket = connect(lab.door);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  socket.resume();
  if (bytes.length > 0) socket.write(bytes);
  else socket.end();
  await closed;
  expect(await lab.run('true').ended).toMatchObject({ code: 0 });
});

test('AF_UNIX is not asked about', async () => {
  const python = `import socket
server = socket.socket(socket.AF_UNIX); server.bind('\\0portreeve-test-%d' % __import__('os').getpid()); server.listen()
client = socket.socket(socket.AF_UNIX); client.connect(server.getsockname())
client.sendmsg([b'x']); print(server.accept()[0].recv(9))`;
  const ended = await lab.run('python3', ['-c', python]).ended;
  expect(ended.stdout).toBe("b'x'\n");
  await until('nothing is held', () => lab.client.held().length === 0);
});
