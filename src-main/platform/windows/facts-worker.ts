/**
 * The thread in which Windows is asked: signatures of large files take seconds, and nothing of it may stop the main
 * process. It takes one request after the other.
 */
import { parentPort } from 'node:worker_threads';

import type { ProcessKey, WantedFacts } from '../../engine/ports.ts';
import { cachedNames } from './dns.ts';
import { networksNow } from './networks.ts';
import { publisherOf } from './publisher.ts';
import { findFacts, findProgram, isAlive } from './programs.ts';

/** What can be asked, each with its own input. */
export const questions = {
  program: ({ process, path, wanted }: ProgramQuestion) => findProgram(process, path, wanted),
  facts: (process: ProcessKey) => findFacts(process),
  isAlive: (process: ProcessKey) => isAlive(process),
  names: () => cachedNames(),
  networks: () => networksNow(),
  publisher: (path: string) => publisherOf(path),
};

export interface ProgramQuestion {
  readonly process: ProcessKey;
  readonly path: string;
  readonly wanted: WantedFacts;
}

export type QuestionName = keyof typeof questions;

export interface Question {
  readonly id: number;
  readonly name: QuestionName;
  readonly input: unknown;
}

/** `value` is undefined where finding it out has failed. */
export interface Answer {
  readonly id: number;
  readonly value: unknown;
}

function answer({ id, name, input }: Question): Answer {
  try {
    return { id, value: (questions[name] as (given: unknown) => unknown)(input) };
  } catch {
    return { id, value: undefined };
  }
}

parentPort?.on('message', (question: Question) => parentPort?.postMessage(answer(question)));
