/** What the Windows device says about its failures; the device itself needs Windows or Wine. */
import { expect, test } from 'vitest';
import { failure } from '../../../src-main/driver/device.ts';
import { explain } from '../../../src-main/driver/device-windows.ts';

test('a failure that pages can translate carries its cause', () => {
  const told = explain(failure('busy').failure);

  expect(told).toEqual({
    reason: 'Another Portreeve is already in charge of the driver.',
    remedy: 'Close the other one; this one takes over by itself.',
    cause: 'in-use',
  });
});

test('any other failure carries what the system said, in words', () => {
  const told = explain(failure('refused', 'error 87').failure);

  expect(told.reason).toBe('The Portreeve driver refused a request (error 87).');
  expect(told).not.toHaveProperty('cause');
});
