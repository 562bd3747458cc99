/** A DCI server that limits how often it is asked: it knows every `UIN`, answers each call by its items, and refuses those it is told to. */

import { type FakeUpstream, person, startFakeUpstream } from './fake-upstream.ts';

export interface Refusal {
  readonly status: 429 | 503;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LimitingUpstream extends AsyncDisposable {
  readonly fake: FakeUpstream;
  /** Asked before each search. */
  refuse: (values: readonly string[]) => Refusal | undefined;
  /** What was asked in each search that was answered, and how often each was refused. */
  readonly answered: readonly (readonly string[])[];
  refused(): number;
  forget(): void;
}

export const startLimitingUpstream = async (): Promise<LimitingUpstream> => {
  const fake = await startFakeUpstream();
  const answered: string[][] = [];
  let refused = 0;
  fake.behave = (call, response) => {
    const items: readonly ReturnType<typeof JSON.parse>[] = call.body.message.search_request;
    const values = items.map(({ search_criteria: { query } }) => String(query.value));
    const refusal = upstream.refuse(values);
    if (refusal !== undefined) {
      refused += 1;
      response.writeHead(refusal.status, refusal.headers ?? {}).end('Too many requests');
      return undefined;
    }
    answered.push(values);
    const search_response = items.map(({ reference_id, search_criteria: { pagination } }, index) => ({
      ...{ reference_id, timestamp: '2026-01-15T10:30:00Z', status: 'succ' },
      data: { reg_record_type: 'Person', reg_records: [person(values[index] ?? '')] },
      pagination: { ...pagination, total_count: 1 },
    }));
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(fake.searchAnswer(call, [], { message: { search_response } }));
    return undefined;
  };
  const upstream: LimitingUpstream = {
    fake,
    refuse: () => undefined,
    answered,
    refused: () => refused,
    forget: () => {
      answered.length = 0;
      refused = 0;
    },
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
  return upstream;
};
