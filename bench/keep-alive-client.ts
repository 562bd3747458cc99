/** A load client that costs as little as it can: raw sockets, requests that are bytes already, the least of parsing. */

import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** One connection that carries one request after another. */
export interface KeepAliveClient {
  send(request: Buffer): Promise<Answer>;
  close(): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');

export const openClient = async (port: number): Promise<KeepAliveClient> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const state = answersOf(socket);
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        state.waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
};

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (cause: Error) => void;
}

const answersOf = (socket: Socket): { waiting: Waiting | undefined } => {
  const state: { waiting: Waiting | undefined } = { waiting: undefined };
  let received: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const answer = readAnswer(received);
    if (answer === undefined) return;
    received = Buffer.alloc(0);
    state.waiting?.resolve(answer);
  });
  const fail = (cause?: Error): void => state.waiting?.reject(cause ?? new Error('the server closed the connection'));
  socket.on('error', fail).on('close', () => fail());
  return state;
};

const readAnswer = (bytes: Buffer): Answer | undefined => {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without content-length: ${head}`);
  const from = end + HEAD_END.length;
  if (bytes.length < from + Number(length)) return undefined;
  return { status: Number(head.slice(9, 12)), body: bytes.subarray(from, from + Number(length)) };
};
