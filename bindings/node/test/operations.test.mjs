import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import { describe, it } from 'node:test';

import {
  ZtpError,
  canonicalCheck,
  canonicalEncode,
  errorCodes,
  keysGenerate,
  licenceInspect,
  licenceSign,
  licenceVerify,
  recordHash,
  signatureVerify,
  version,
} from '../index.mjs';
import { NOW, thrown } from './support.mjs';

const SEED = Buffer.alloc(32, 7);

describe('canonicalEncode', () => {
  it('sorts by code point, escapes to ASCII and drops white space', () => {
    const input = Buffer.from('{ "\u{10000}": 1, "\uffff": 2, "b": [ -1 , "\u007f/" ] }');
    assert.equal(canonicalEncode(input), '{"b":[-1,"\\u007f/"],"\\uffff":2,"\\ud800\\udc00":1}');
  });

  it('keeps NUL bytes that a document holds as escapes', () => {
    assert.equal(canonicalEncode(Buffer.from('["\\u0000\\u0041"]')), '["\\u0000A"]');
  });

  for (const [what, input, code, offset] of [
    ['a raw NUL byte', '{"a":"\0"}', 'canonical_control_character', 6],
    ['half of a surrogate pair', '["\\udead"]', 'canonical_lone_surrogate', 2],
    ['a member twice, once spelled with an escape', '{"a":1,"\\u0061":2}', 'canonical_duplicate_member', 7],
    ['a fraction', '[1.0]', 'canonical_fraction', 2],
    ['an integer above 2^53-1', '[9007199254740992]', 'canonical_integer_out_of_range', 1],
    ['a byte order mark', '\ufeff{}', 'canonical_byte_order_mark', 0],
    ['bytes after the document', '{} x', 'canonical_trailing_bytes', 3],
    ['a document cut short', '{"a":', 'canonical_unexpected_end', 5],
  ]) {
    it(`refuses ${what} at its offset`, () => {
      assert.throws(() => canonicalEncode(Buffer.from(input)), { name: 'ZtpError', code, offset });
    });
  }

  it('refuses bytes that are not UTF-8 at their offset, which a string could not even carry', () => {
    assert.throws(() => canonicalEncode(Buffer.from([0x22, 0x61, 0xff, 0x22])), {
      code: 'canonical_invalid_utf8',
      offset: 2,
    });
  });

  it('refuses a huge document without reading it to the end', () => {
    assert.throws(() => canonicalEncode(Buffer.alloc(256 << 20, 0x20)), { code: 'canonical_too_large', offset: 1 << 20 });
  });

  it('refuses deep nesting, and survives far deeper nesting', () => {
    assert.throws(() => canonicalEncode(Buffer.from('['.repeat(33) + ']'.repeat(33))), { code: 'canonical_too_deep', offset: 32 });
    assert.throws(() => canonicalEncode(Buffer.from('['.repeat(1 << 20))), { code: 'canonical_too_deep', offset: 32 });
  });
});

describe('canonicalCheck', () => {
  it('returns nothing when it holds', () => {
    assert.equal(canonicalCheck(Buffer.from('{"a":[1,null],"b":"\\u00e9"}')), undefined);
  });

  it('throws where the first byte differs', () => {
    const error = thrown(() => canonicalCheck(Buffer.from('{"b":1,"a":2}')));
    assert.ok(error instanceof ZtpError && error instanceof Error);
    assert.equal(error.code, 'canonical_unsorted_member');
    assert.equal(error.offset, 8);
    const failure = JSON.parse(error.document);
    assert.equal(failure.schema, 'ztp.error/1');
    assert.equal(failure.code, error.code);
    assert.equal(error.message, `${error.code}: ${failure.message}`);
    assert.equal(Object.keys(failure).join(), 'code,message,offset,schema');
  });
});

describe('signatureVerify', () => {
  const keys = JSON.parse(keysGenerate(SEED, 'bench-7.example/audit'));
  const publicKey = Buffer.from(keys.public_key, 'hex');
  const message = Buffer.from('sealed\0with a NUL');
  const signature = nodeSign(null, message, createPrivateKey(keys.private_key_pem));

  it('holds for a signature that node:crypto made', () => {
    assert.equal(signatureVerify('ed25519', publicKey, message, signature), undefined);
    assert.ok(nodeVerify(null, message, createPublicKey(keys.public_key_pem), signature));
  });

  it('does not hold for another message, key or signature', () => {
    const flipped = Buffer.from(signature);
    flipped[0] ^= 1;
    assert.throws(() => signatureVerify('ed25519', publicKey, Buffer.from('x'), signature), { code: 'signature_mismatch' });
    assert.throws(() => signatureVerify('ed25519', publicKey, message, flipped), ZtpError);
    assert.throws(() => signatureVerify('ed25519', publicKey, message, signature.subarray(1)), { code: 'signature_length' });
    assert.throws(() => signatureVerify('ed25519', publicKey.subarray(1), message, signature), { code: 'public_key_length' });
    assert.throws(() => signatureVerify('rsa', publicKey, message, signature), { code: 'signature_suite_unknown' });
  });

  it('refuses the low-order key under which this Node may accept any message', () => {
    const lowOrder = Buffer.alloc(32);
    lowOrder[0] = 1;
    const forged = Buffer.concat([lowOrder, Buffer.alloc(32)]);
    assert.throws(() => signatureVerify('ed25519', lowOrder, message, forged), { code: 'public_key_low_order' });
  });
});

describe('keysGenerate', () => {
  it('gives the same key for a seed and another key without one', () => {
    const name = 'bench-7.example/audit';
    assert.equal(keysGenerate(SEED, name), keysGenerate(new Uint8Array(SEED), name));
    assert.notEqual(keysGenerate(new Uint8Array(), name), keysGenerate(new Uint8Array(), name));
  });

  it('gives keys that node:crypto reads as the same key', () => {
    const keys = JSON.parse(keysGenerate(SEED, 'n'));
    const derived = createPublicKey(createPrivateKey(keys.private_key_pem)).export({ type: 'spki', format: 'der' });
    assert.equal(createHash('sha256').update(derived).digest('hex'), keys.key_id);
    assert.equal(derived.subarray(-32).toString('hex'), keys.public_key);
  });

  it('refuses a seed of another length', () => {
    assert.throws(() => keysGenerate(new Uint8Array(31), 'n'), { code: 'seed_length_invalid', status: 907 });
  });
});

describe('recordHash', () => {
  it('is the SHA-256 of the canonical record without its hash', () => {
    const zeros = '0'.repeat(64);
    const bare = `{"event_class":"x","payload":{},"prev_hash":"${zeros}","seq":3,"timestamp":"2026-05-12T08:00:00.000Z"}`;
    const hash = createHash('sha256').update(bare).digest('hex');
    const line = bare.replace('"payload"', `"hash":"${hash}","payload"`);
    const expected = `{"hash":"${hash}","schema":"ztp.audit.record-hash/1","seq":3}`;
    assert.equal(recordHash(Buffer.from(line)), expected);
    assert.equal(recordHash(Buffer.from(`${line}\n`)), expected);
    assert.throws(() => recordHash(Buffer.from(line.replace('"seq":3', '"seq": 3'))), ZtpError);
  });
});

describe('the registry', () => {
  it('has the number and name of every error', () => {
    const { codes } = JSON.parse(errorCodes());
    const error = thrown(() => canonicalCheck(Buffer.from('{ }')));
    assert.deepEqual(codes.filter((c) => c.number === error.status).map((c) => c.name), [error.code]);
    assert.ok(codes.every((c) => c.meaning !== '' && c.action !== ''));
    canonicalCheck(Buffer.from(errorCodes()));
    canonicalCheck(Buffer.from(version()));
  });
});
