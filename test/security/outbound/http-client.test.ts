import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { OutboundConfig } from '../../../src/config/config.ts';
import { createOutbound } from '../../../src/security/outbound/http-client.ts';
import type { OutboundError } from '../../../src/security/outbound/outbound-error.ts';
import type { ResolvedAddress } from '../../../src/security/outbound/target.ts';

const listen = async (server: Server, host = '127.0.0.1') => {
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.length,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const answering = (listener: RequestListener) => listen(createHttpServer(listener));
const hello = () => answering((_request, response) => response.end('hello'));

const config = (origins: readonly string[] = [], rest: Partial<OutboundConfig> = {}): OutboundConfig => ({
  timeoutMs: 2000,
  allowOrigins: origins,
  privateOrigins: origins,
  ...rest,
});

const isKind =
  (kind: OutboundError['kind'], message = /./) =>
  (error: OutboundError) => {
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    return true;
  };

test('a call reaches the server with its method, headers and body, and answers status, headers and body', async () => {
  let seen: { request: IncomingMessage; body: string } | undefined;
  await using server = await answering((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen = { request, body: Buffer.concat(chunks).toString() };
      response.writeHead(202, { 'x-answer': 'yes' }).end('accepted');
    });
  });
  const origin = `http://127.0.0.1:${server.port}`;
  const answer = await createOutbound(config([origin])).fetch(`${origin}/on-search?a=b`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"ł":1}',
  });
  assert.equal(answer.status, 202);
  assert.equal(answer.headers['x-answer'], 'yes');
  assert.equal(answer.body.toString(), 'accepted');
  assert.equal(seen?.request.url, '/on-search?a=b');
  assert.equal(seen?.request.method, 'POST');
  assert.equal(seen?.request.headers['content-type'], 'application/json');
  assert.equal(seen?.request.headers['content-length'], '8');
  assert.equal(seen?.body, '{"ł":1}');
});

test('loopback literals are refused in every spelling before anything is connected', async () => {
  await using server = await hello();
  const hosts = [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0x7f000001',
    '017700000001',
    '127.1',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::1]',
    '0.0.0.0',
    '0',
    '[::]',
  ];
  for (const host of hosts) {
    const origin = `http://${host}:${server.port}`;
    const outbound = createOutbound(config([], { allowOrigins: [origin] }));
    await assert.rejects(outbound.fetch(origin), isKind('refused', /may not be connected/), host);
  }
  assert.equal(server.connections(), 0);
});

test('a name that leads to a private address is refused, one bad address among good ones too', async () => {
  await using server = await hello();
  const origin = `http://partner.example:${server.port}`;
  const address = (ip: string): ResolvedAddress => ({ address: ip, family: ip.includes(':') ? 6 : 4 });
  for (const ips of [
    ['127.0.0.1'],
    ['8.8.8.8', '127.0.0.1'],
    ['2606:4700::1111', '::1'],
    ['169.254.169.254'],
    ['::ffff:127.0.0.1'],
  ]) {
    const resolve = async () => ips.map(address);
    const outbound = createOutbound(config([], { allowOrigins: [origin] }), { resolve });
    await assert.rejects(outbound.fetch(origin), isKind('refused', /may not be connected/), ips.join());
  }
  assert.equal(server.connections(), 0);
});

test('localhost, looked up by the system, is refused', async () => {
  await using server = await hello();
  const origin = `http://localhost:${server.port}`;
  const outbound = createOutbound(config([], { allowOrigins: [origin] }));
  await assert.rejects(outbound.fetch(origin), isKind('refused'));
  assert.equal(server.connections(), 0);
});

test('the address that was checked is the one connected: the name is looked up once, and Host keeps it', async () => {
  let host: string | undefined;
  await using server = await answering((request, response) => {
    host = request.headers.host;
    response.end();
  });
  let lookups = 0;
  const resolve = async () => {
    lookups += 1;
    return [{ address: lookups === 1 ? '127.0.0.1' : '10.255.255.1', family: 4 }]; // a name that is bound anew
  };
  const origin = `http://partner.example:${server.port}`;
  await createOutbound(config([origin]), { resolve }).fetch(`${origin}/x`);
  assert.equal(lookups, 1);
  assert.equal(host, `partner.example:${server.port}`);
});

test('another checked address is tried when the first does not answer', async () => {
  await using server = await hello();
  const origin = `http://partner.example:${server.port}`;
  const resolve = async () => [
    { address: '::1', family: 6 }, // nothing listens there
    { address: '127.0.0.1', family: 4 },
  ];
  assert.equal((await createOutbound(config([origin]), { resolve }).fetch(origin)).status, 200);
});

test('a failed or empty look-up is a failure', async () => {
  const failing = () => Promise.reject(new Error('ENOTFOUND'));
  await assert.rejects(
    createOutbound(config(), { resolve: failing }).fetch('https://partner.example'),
    isKind('network', /looked up/),
  );
  const empty = async () => [];
  await assert.rejects(
    createOutbound(config(), { resolve: empty }).fetch('https://partner.example'),
    isKind('network', /no address/),
  );
});

test('a look-up that hangs ends with the deadline', async () => {
  const hanging = () => new Promise<never>(() => undefined);
  const outbound = createOutbound(config([], { timeoutMs: 50 }), { resolve: hanging });
  await assert.rejects(outbound.fetch('https://partner.example'), isKind('timeout'));
});

test("a private address may be connected for a private origin or on the caller's word, the metadata service never", async () => {
  await using server = await hello();
  const origin = `http://127.0.0.1:${server.port}`;
  const onlyAllowed = createOutbound(config([], { allowOrigins: [origin] }));
  await assert.rejects(onlyAllowed.fetch(origin), isKind('refused'));
  assert.equal((await onlyAllowed.fetch(origin, { allowPrivate: true })).status, 200);
  const metadata = 'http://169.254.169.254';
  await assert.rejects(
    createOutbound(config([metadata])).fetch(metadata, { allowPrivate: true }),
    isKind('refused', /may not be connected/),
  );
});

test('http, other ports and other schemes need an origin that is allowed', async () => {
  const outbound = createOutbound(config(['http://partner.example', 'https://partner.example:8443']), {
    resolve: () => Promise.reject(new Error('looked up')),
  });
  const urls = [
    'http://other.example',
    'https://other.example:8443',
    'https://partner.example:444',
    'http://partner.example:81',
    'http://partner.example:443',
    'ftp://partner.example',
    'file:///etc/passwd',
    'data:,x',
    'hello',
    '//partner.example',
    '',
  ];
  for (const url of urls) await assert.rejects(outbound.fetch(url), isKind('refused'), url);
  for (const url of [
    'http://partner.example/x',
    'https://partner.example:8443',
    'https://other.example',
    'https://other.example:443/',
  ]) {
    await assert.rejects(outbound.fetch(url), isKind('network', /looked up/), url);
  }
});

test('userinfo and fragments are refused', async () => {
  const outbound = createOutbound(config(), { resolve: () => Promise.reject(new Error('looked up')) });
  for (const url of [
    'https://user@partner.example',
    'https://user:pass@partner.example',
    'https://:p@partner.example',
    'https://partner.example/#x',
    'https://partner.example/#',
  ]) {
    await assert.rejects(outbound.fetch(url), isKind('refused'), url);
  }
});

test('redirects are answers and are not followed', async () => {
  await using elsewhere = await hello();
  for (const status of [301, 302, 303, 307, 308]) {
    await using server = await answering((_request, response) => {
      response.writeHead(status, { location: `http://127.0.0.1:${elsewhere.port}/` }).end();
    });
    const origin = `http://127.0.0.1:${server.port}`;
    const outbound = createOutbound(config([origin, `http://127.0.0.1:${elsewhere.port}`]));
    assert.equal((await outbound.fetch(origin)).status, status);
  }
  assert.equal(elsewhere.connections(), 0);
});

test("a slow answer, slow head, silent server or the caller's signal ends the call", async () => {
  await using slowHead = await answering(() => undefined);
  await using slowBody = await answering((_request, response) => {
    response.writeHead(200).write('a');
  });
  await using silent = await listen(createTcpServer(() => undefined));
  for (const { port } of [slowHead, slowBody, silent]) {
    const origin = `http://127.0.0.1:${port}`;
    const started = performance.now();
    await assert.rejects(createOutbound(config([origin], { timeoutMs: 100 })).fetch(origin), isKind('timeout'));
    await assert.rejects(
      createOutbound(config([origin])).fetch(origin, { signal: AbortSignal.timeout(50) }),
      isKind('timeout'),
    );
    assert.ok(performance.now() - started < 1500);
  }
});

test('a signal that was aborted before connects nothing', async () => {
  await using server = await hello();
  const origin = `http://127.0.0.1:${server.port}`;
  await assert.rejects(
    createOutbound(config([origin])).fetch(origin, { signal: AbortSignal.abort() }),
    isKind('timeout'),
  );
  assert.equal(server.connections(), 0);
});

test('an answer may have maxBytes and not one more, announced or not', async () => {
  for (const announced of [true, false]) {
    await using server = await answering((request, response) => {
      const size = Number(request.url?.slice(1));
      if (announced) response.setHeader('content-length', size);
      response.write(Buffer.alloc(size - 1));
      response.end('x');
    });
    const origin = `http://127.0.0.1:${server.port}`;
    const outbound = createOutbound(config([origin]));
    assert.equal((await outbound.fetch(`${origin}/1000`, { maxBytes: 1000 })).body.length, 1000);
    await assert.rejects(outbound.fetch(`${origin}/1001`, { maxBytes: 1000 }), isKind('too_large'));
    assert.equal((await outbound.fetch(`${origin}/65536`)).body.length, 65536);
    await assert.rejects(outbound.fetch(`${origin}/65537`), isKind('too_large'));
  }
});

test('an answer that never ends is cut off at maxBytes', async () => {
  await using server = await answering((_request, response) => {
    const timer = setInterval(() => response.write(Buffer.alloc(16_384)), 1);
    response.on('close', () => clearInterval(timer));
  });
  const origin = `http://127.0.0.1:${server.port}`;
  await assert.rejects(createOutbound(config([origin])).fetch(origin), isKind('too_large'));
});

test('an answer that is cut off, refused or no HTTP is a network failure', async () => {
  await using cut = await answering((_request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half');
    setTimeout(() => response.destroy(), 20);
  });
  await using rubbish = await listen(createTcpServer((socket) => socket.end('hello\r\n\r\n')));
  const closed = await hello();
  await closed[Symbol.asyncDispose]();
  for (const { port } of [cut, rubbish, closed]) {
    const origin = `http://127.0.0.1:${port}`;
    await assert.rejects(createOutbound(config([origin])).fetch(origin), isKind('network'));
  }
});

test('an answer in an encoding that was not asked for is refused: it could grow without bound', async () => {
  await using server = await answering((request, response) => {
    assert.equal(request.headers['accept-encoding'], 'identity');
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
  });
  const origin = `http://127.0.0.1:${server.port}`;
  await assert.rejects(createOutbound(config([origin])).fetch(origin), isKind('network', /encoding/));
});

test('proxies of the environment are not used', async () => {
  await using server = await hello();
  await using proxy = await hello();
  const origin = `http://127.0.0.1:${server.port}`;
  const client = new URL('../../../src/security/outbound/http-client.ts', import.meta.url).href;
  const program = `
    const { createOutbound } = await import(${JSON.stringify(client)});
    const origin = ${JSON.stringify(origin)};
    const answer = await createOutbound({ timeoutMs: 2000, allowOrigins: [origin], privateOrigins: [origin] }).fetch(origin);
    process.stdout.write(String(answer.status));`;
  const url = `http://127.0.0.1:${proxy.port}`;
  const child = await new Promise<string>((resolve) => {
    import('node:child_process').then(({ execFile }) => {
      execFile(
        process.execPath,
        ['--input-type=module', '-e', program],
        {
          env: {
            ...process.env,
            NODE_USE_ENV_PROXY: '1',
            HTTP_PROXY: url,
            http_proxy: url,
            HTTPS_PROXY: url,
            NO_PROXY: '',
            no_proxy: '',
          },
        },
        (error, stdout, stderr) => resolve(error === null ? stdout : stderr),
      );
    });
  });
  assert.equal(child, '200');
  assert.equal(proxy.connections(), 0);
  assert.equal(server.connections(), 1);
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const leftOut = hasOpenssl || process.env.CI === 'true' ? false : 'LEFT OUT: openssl is not on the PATH';

/** A certificate for partner.example, its own authority. */
const makeCertificate = (): { readonly key: string; readonly cert: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-outbound-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      '-days',
      '2',
      '-subj',
      '/CN=partner.example',
      '-addext',
      'subjectAltName=DNS:partner.example',
    ]);
    assert.equal(made.status, 0, String(made.stderr));
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

test('https: the name is kept for SNI and certificate, unknown authorities and other names are refused whatever the environment says', {
  skip: leftOut,
}, async () => {
  const pair = makeCertificate();
  const names: unknown[] = [];
  const secure = createHttpsServer(pair, (_request, response) => response.end('secret'));
  secure.on('secureConnection', (socket) => names.push(socket.servername));
  await using server = await listen(secure);
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
  const origin = `https://partner.example:${server.port}`;
  const other = `https://other.example:${server.port}`;
  const authorities = new Map([origin, other].map((each) => [each, pair.cert]));
  const trusting = createOutbound(config([origin, other]), { resolve, authorities });
  assert.equal((await trusting.fetch(origin)).body.toString(), 'secret');
  assert.deepEqual(names, ['partner.example']);
  await assert.rejects(trusting.fetch(other), isKind('network'));
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  try {
    await assert.rejects(createOutbound(config([origin]), { resolve }).fetch(origin), isKind('network'));
  } finally {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
  }
});
