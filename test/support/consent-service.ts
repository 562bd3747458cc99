/** A decision service of a test: says yes to the identifiers it is told to, and may be made to fail. */

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConsentConfig } from '../../src/config/config.ts';

/** Of a registry whose persons a service decides about. */
export const BY_SERVICE: ConsentConfig = {
  notNeededFor: ['contract'],
  rules: new Map(),
  purposeRules: new Map(),
  service: { url: 'https://consent.example/', timeoutMs: 1_000, batch: 2, most: 100, records: ['Person'], cacheMs: 0 },
};

export interface ConsentQuestionBody {
  readonly partner: string;
  readonly purpose: string;
  readonly legal_basis: string;
  readonly persons: readonly {
    readonly id: string;
    readonly record_type: string;
    readonly identifiers: { readonly identifier?: readonly { readonly identifier_value: string }[] };
  }[];
}

export interface TestConsentService extends AsyncDisposable {
  readonly url: string;
  readonly origin: string;
  readonly questions: ConsentQuestionBody[];
  /** Identifiers of those who consented. */
  readonly yes: Set<string>;
  /** Instead of an answer. */
  answer: ((response: ServerResponse, question: ConsentQuestionBody) => void) | undefined;
}

export const startConsentService = async (): Promise<TestConsentService> => {
  const questions: ConsentQuestionBody[] = [];
  const yes = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const question = JSON.parse(Buffer.concat(chunks).toString()) as ConsentQuestionBody;
      questions.push(question);
      if (service.answer !== undefined) return service.answer(response, question);
      const consented = question.persons
        .filter(({ identifiers }) => identifiers.identifier?.some((each) => yes.has(each.identifier_value)))
        .map(({ id }) => id);
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ consented }));
      return undefined;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const service: TestConsentService = {
    url: `${origin}/consent`,
    origin,
    questions,
    yes,
    answer: undefined,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return service;
};
