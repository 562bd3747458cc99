/** A partner's receiver that counts items of on-search messages and keeps none of them. `await using receiver = await countingReceiver()`. */

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface CountingReceiver extends AsyncDisposable {
  readonly origin: string;
  /** References of the items of all messages, each message counted once. */
  references(): readonly string[];
  /** Messages that came again with other content. */
  readonly changed: readonly string[];
  /** Resolves when so many messages came. */
  came(messages: number, withinMs: number): Promise<void>;
}

export const countingReceiver = async (): Promise<CountingReceiver> => {
  const messages = new Map<string, { readonly digest: string; readonly references: readonly string[] }>();
  const changed: string[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { header, message } = JSON.parse(text);
    const digest = createHash('sha256')
      .update(JSON.stringify([header, message]))
      .digest('hex');
    const known = messages.get(header.message_id);
    if (known !== undefined && known.digest !== digest) changed.push(header.message_id);
    const items: readonly { readonly reference_id: string }[] = message.search_response ?? [];
    messages.set(header.message_id, { digest, references: items.map((item) => item.reference_id) });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"message":{"ack_status":"ACK"}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    references: () => [...messages.values()].flatMap(({ references }) => references),
    changed,
    came: async (count, withinMs) => {
      const until = performance.now() + withinMs;
      while (messages.size < count) {
        if (performance.now() > until) throw new Error(`${messages.size} of ${count} messages came`);
        await sleep(50);
      }
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
