/** Published test vectors: Ed25519 private seed 00..1f. Times in seconds. */

import { createPrivateKey, createPublicKey } from 'node:crypto';

export const VECTOR_CREATED = 1705314600;
export const VECTOR_EXPIRES = 1705314900;
export const VECTOR_JWK = { kty: 'OKP', crv: 'Ed25519', x: 'A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg' };

export const vectorPrivateKey = createPrivateKey({
  key: { ...VECTOR_JWK, d: Buffer.from(Uint8Array.from({ length: 32 }, (_, index) => index)).toString('base64url') },
  format: 'jwk',
});
export const vectorPublicKey = createPublicKey(vectorPrivateKey);

export interface SignatureVector {
  readonly name: string;
  readonly input: string;
  readonly profiles: readonly {
    readonly profile: 'dci-compact' | 'dci-spaced';
    readonly canonical: string;
    readonly digest: string;
    readonly signature: string;
  }[];
}

export const SIGNATURE_VECTORS: readonly SignatureVector[] = [
  {
    name: 'A',
    input:
      '{"header":{"version":"1.0.0","message_id":"msg-123","message_ts":"2024-01-15T10:30:00Z","action":"search","sender_id":"test-sender","sender_uri":null,"receiver_id":"test-receiver","total_count":1,"is_msg_encrypted":false,"meta":null},"message":{"transaction_id":"txn-456"}}',
    profiles: [
      {
        profile: 'dci-compact',
        canonical:
          '{"header":{"action":"search","is_msg_encrypted":false,"message_id":"msg-123","message_ts":"2024-01-15T10:30:00Z","meta":null,"receiver_id":"test-receiver","sender_id":"test-sender","sender_uri":null,"total_count":1,"version":"1.0.0"},"message":{"transaction_id":"txn-456"}}',
        digest: 'XAZYp1pf90y+16LIOkEtMVI4YIhYxZN6J284uVgDWBA=',
        signature: '6eoJEskhXFqdcgEGB3VWz6hTEu/pt+acVoqPL2zVNr4B0qeG2yWxpNQW4uTd1dgMFh9O6NvjYXa+lG+qUUmtAg==',
      },
      {
        profile: 'dci-spaced',
        canonical:
          '{"header": {"action": "search", "is_msg_encrypted": false, "message_id": "msg-123", "message_ts": "2024-01-15T10:30:00Z", "meta": null, "receiver_id": "test-receiver", "sender_id": "test-sender", "sender_uri": null, "total_count": 1, "version": "1.0.0"}, "message": {"transaction_id": "txn-456"}}',
        digest: 'BbP+3fD9CrJcpWzUFpLLwiilOmRNCyywKPCjTmvT74s=',
        signature: 'HyT861rdaBM+jxOmL1EROXxp/JKrAARkDHzTrxA3AKeJT+uOBByh3BW6YXf50ghv+JEFQ94sOfF2jYoctkzlDQ==',
      },
    ],
  },
  {
    name: 'D',
    input:
      '{"message":{"transaction_id":"t-7","search_request":[{"reference_id":"r-1","search_criteria":{"query":{"type":"UIN","value":"\u0141ukasz M\u00fcller"},"limit":45.0,"min":2.50}}]},"header":{"version":"1.0.0","message_id":"m-7","message_ts":"2024-01-15T10:30:00Z","action":"search","sender_id":"gov.example","total_count":1}}',
    profiles: [
      {
        profile: 'dci-compact',
        canonical:
          '{"header":{"action":"search","message_id":"m-7","message_ts":"2024-01-15T10:30:00Z","sender_id":"gov.example","total_count":1,"version":"1.0.0"},"message":{"search_request":[{"reference_id":"r-1","search_criteria":{"limit":45.0,"min":2.5,"query":{"type":"UIN","value":"\\u0141ukasz M\\u00fcller"}}}],"transaction_id":"t-7"}}',
        digest: 'FxsLVJTDLqtFBHz/DlXL2DR4KlFVMAYlTU2oP/ktU30=',
        signature: 'MvojEvv2FjNUJAVgd2blOsyXsdTpM2gpytNlGvv7PCEeOPRGImbLJNB44Vkya27KB1d3lYVHEYk6rwHAjh+yBw==',
      },
      {
        profile: 'dci-spaced',
        canonical:
          '{"header": {"action": "search", "message_id": "m-7", "message_ts": "2024-01-15T10:30:00Z", "sender_id": "gov.example", "total_count": 1, "version": "1.0.0"}, "message": {"search_request": [{"reference_id": "r-1", "search_criteria": {"limit": 45.0, "min": 2.5, "query": {"type": "UIN", "value": "\\u0141ukasz M\\u00fcller"}}}], "transaction_id": "t-7"}}',
        digest: '79XfmRC9KkJdIJV5Qa7uF94IyhzDMPSDkp5nVCdJeRI=',
        signature: '8DgKBwWjhvkNY+UczECXv1Sj/XFBLzUts0wbjb5oE5ROGvrYsMn1FH+rQNvkKvJ5G/Vi+AEIL7vQ6E2oBlCyCQ==',
      },
    ],
  },
];
