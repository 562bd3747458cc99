import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalText } from '../../../src/dci/canonical.ts';
import { isJsonObject } from '../../../src/dci/json-node.ts';
import { parseJsonObject } from '../../../src/dci/json-parse.ts';
import { createPartnerKeys } from '../../../src/security/keys/partner-keys.ts';
import { createOutbound } from '../../../src/security/outbound/http-client.ts';
import { createNodeCrypto } from '../../../src/security/signatures/crypto-node.ts';
import { digestOf } from '../../../src/security/signatures/signing-string.ts';
import { createVerifier } from '../../../src/security/signatures/verify.ts';
import { SIGNATURE_VECTORS, VECTOR_CREATED, VECTOR_EXPIRES, VECTOR_JWK } from '../../support/signature-vectors.ts';
import { partnerWith, pinned, signatureConfig, silentLog } from '../../support/signing-partner.ts';

const clock = () => VECTOR_CREATED * 1000;
const outbound = createOutbound({ timeoutMs: 1000, allowOrigins: [], privateOrigins: [] });
const verifier = createVerifier({
  partnerKeys: createPartnerKeys({ outbound, clock, log: silentLog }),
  clock,
  config: signatureConfig,
  crypto: createNodeCrypto(),
});

for (const { name, input, profiles } of SIGNATURE_VECTORS) {
  for (const { profile, canonical, digest, signature } of profiles) {
    test(`vector ${name} has the published canonical text, digest and signature as ${profile}`, async () => {
      const document = parseJsonObject(input, { maxDepth: 32 });
      const { header, message } = document.root;
      assert.ok(isJsonObject(header));
      const text = canonicalText({ header, message: message ?? null }, profile === 'dci-spaced' ? 'spaced' : 'compact');
      assert.equal(text, canonical);
      assert.equal(digestOf(text), digest);
      const partner = partnerWith([pinned('k1', VECTOR_JWK)]);
      const verified = await verifier.verify(
        {
          text: input,
          document,
          header,
          message,
          signature: `namespace="dci", kidId="gov.example|k1|ed25519", created=${VECTOR_CREATED}, expires=${VECTOR_EXPIRES}, headers="(created) (expires) digest", signature="${signature}"`,
        },
        partner,
      );
      assert.equal(verified.signed?.profile, profile);
    });
  }
}
