/**
 * Holds a stand-in against Electron's own electron.d.ts, at compile time: `npm run check` fails when a stand-in has a member
 * that Electron does not have, has it with another signature, or emits an event that Electron does not emit.
 */
import type { EventEmitter } from 'node:events';

type Function = (...args: never[]) => unknown;

/** A part of what Electron gives back is enough for a stand-in, as long as the part is right. */
type Part<Real> =
  Real extends Promise<infer Value>
    ? Promise<Part<Value>>
    : Real extends Function
      ? Real
      : Real extends object
        ? { [Name in keyof Real]?: Part<Real[Name]> }
        : Real;

/** What a caller that was written against Electron may rely on. */
type Callable<Real> = Real extends (...args: infer Given) => infer Back
  ? (...args: Given) => Part<Back>
  : Part<Real>;

/** Names of the members of `Fake` that are not as in `Real`; never when there are none. `Own`: the test's, not Electron's. */
export type Wrong<Fake, Real, Own extends string = never> = {
  [Name in keyof Fake]-?: Name extends keyof EventEmitter | Own
    ? never
    : Name extends keyof Real
      ? Fake[Name] extends Callable<Real[Name]>
        ? never
        : Name
      : Name;
}[keyof Fake];

/** The same for a class: its constructor, and what it has without an object. */
export type WrongClass<
  Fake extends abstract new (...args: never[]) => unknown,
  Real extends abstract new (...args: never[]) => unknown,
  Own extends string = never,
> =
  | (Fake extends new (...args: ConstructorParameters<Real>) => unknown ? never : 'constructor')
  | Wrong<Omit<Fake, 'prototype' | keyof typeof EventEmitter>, Real, Own>;

/** Does not compile unless `Names` is never. */
export type Right<Names extends never> = Names;

interface Emits {
  on: Function;
}

/**
 * Emits an event as Electron would. Electron's `on` is overloaded for every event: that of this name must take a listener
 * for these arguments. Fewer arguments than Electron's are right, others are not.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the object that emits
export function emitAs<Real extends Emits>() {
  return <Name extends string, Given extends unknown[]>(
    emitter: EventEmitter,
    event: Real['on'] extends (event: Name, listener: (...args: Given) => void) => unknown
      ? Name
      : never,
    ...args: Given
  ): void => {
    emitter.emit(event, ...args);
  };
}
