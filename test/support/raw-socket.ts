/** HTTP by hand, for what no client would send. */

import { connect } from 'node:net';

/** Writes `text` and answers what comes back until `until` is in it or the connection ends. */
export const exchangeRaw = (url: string, text: string, until: string | undefined, withinMs = 5_000): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let got = '';
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`nothing came: ${got}`));
    }, withinMs);
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(got);
    };
    socket.on('data', (chunk) => {
      got += chunk.toString('utf8');
      if (until !== undefined && got.includes(until)) end();
    });
    socket.on('close', end);
    socket.on('error', end);
  });
