import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { canonicalCheck, keysGenerate, licenceInspect, licenceSign, licenceVerify } from '../index.mjs';
import { NOW, licencePayload as payload, thrown, trustDocument } from './support.mjs';

const keys = JSON.parse(keysGenerate(Buffer.alloc(32, 7), 'maker.example/licences'));
const otherKeys = JSON.parse(keysGenerate(Buffer.alloc(32, 8), 'maker.example/licences'));

const trust = trustDocument(keys);
const sign = (document) => Buffer.from(licenceSign(Buffer.from(JSON.stringify(document)), keys.private_key_pem));
const envelope = sign(payload);

describe('licenceVerify', () => {
  it('returns the verdict of a licence that holds', () => {
    const verdict = JSON.parse(licenceVerify(envelope, trust, NOW, 'bench-7'));
    assert.equal(verdict.schema, 'ztp.licence.verdict/1');
    assert.equal(verdict.status, 'valid');
    canonicalCheck(envelope);
  });

  it('takes the trust document and the bench as text or as its bytes', () => {
    const asText = licenceVerify(envelope, trust, NOW, 'bench-7');
    assert.equal(licenceVerify(envelope, Buffer.from(trust), NOW, Buffer.from('bench-7')), asText);
  });

  for (const [what, code, call] of [
    ['on another bench', 'licence_other_bench', () => licenceVerify(envelope, trust, NOW, 'bench-8')],
    ['on no bench', 'licence_bench_not_given', () => licenceVerify(envelope, trust, NOW, '')],
    ['after its last moment', 'licence_expired', () => licenceVerify(envelope, trust, Date.UTC(2026, 6, 1), 'bench-7')],
    ['under another key', 'licence_key_unpinned', () => licenceVerify(envelope, trustDocument(otherKeys), NOW, 'bench-7')],
  ]) {
    it(`throws the verdict ${what}`, () => {
      const error = thrown(call);
      assert.equal(error.code, code);
      const verdict = JSON.parse(error.document);
      assert.equal(verdict.schema, 'ztp.licence.verdict/1');
      assert.equal(verdict.status, 'refused');
    });
  }

  it('throws at the byte where the file was edited in transit', () => {
    const edited = Buffer.from(envelope.toString().replace('"customer":', '"customer": '));
    const error = thrown(() => licenceVerify(edited, trust, NOW, 'bench-7'));
    assert.equal(error.code, 'canonical_white_space');
    assert.match(error.document, new RegExp(`\\b${edited.indexOf(' ')}\\b`));
  });

  it('throws for a payload that was changed and written canonically again', () => {
    const changed = Buffer.from(envelope.toString().replace('bench-7', 'bench-8'));
    assert.equal(thrown(() => licenceVerify(changed, trust, NOW, 'bench-8')).code, 'signature_mismatch');
  });

  it('cannot decide without a trust document, and says so rather than giving a verdict', () => {
    const error = thrown(() => licenceVerify(envelope, '{}', NOW, 'bench-7'));
    assert.equal(JSON.parse(error.document).schema, 'ztp.error/1');
  });
});

describe('licenceSign', () => {
  it('gives the same envelope for any spelling of the payload', () => {
    const spaced = Buffer.from(JSON.stringify(payload, null, 2));
    assert.equal(licenceSign(spaced, keys.private_key_pem), envelope.toString());
  });

  it('signs no payload that would be refused for its content', () => {
    assert.throws(() => sign({ ...payload, extra: 1 }), { code: 'schema_unknown_member' });
    assert.throws(() => sign({ ...payload, not_after: payload.issued_at }), { code: 'licence_window_reversed' });
  });

  it('says nothing of the key when the key is no key', () => {
    const error = thrown(() => licenceSign(Buffer.from(JSON.stringify(payload)), 'a secret that is no PEM'));
    assert.equal(error.code, 'pem_framing');
    assert.doesNotMatch(error.message + error.document, /secret/);
  });
});

describe('licenceInspect', () => {
  it('shows any JSON document with what is wrong with its form, and says that nothing is verified', () => {
    const shown = JSON.parse(licenceInspect(envelope));
    assert.equal(shown.schema, 'ztp.licence.inspection/1');
    assert.deepEqual([shown.verified, shown.problems], [false, []]);
    const empty = JSON.parse(licenceInspect(Buffer.from('{}')));
    assert.deepEqual([empty.verified, empty.problems[0].code], [false, 'schema_missing_member']);
  });

  it('throws for what is no JSON document', () => {
    assert.throws(() => licenceInspect(Buffer.from('{')), { code: 'canonical_unexpected_end', offset: 1 });
  });
});
