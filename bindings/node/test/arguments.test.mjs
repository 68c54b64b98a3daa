import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import vm from 'node:vm';

import * as ztp from '../index.mjs';

const OBJECT = Buffer.from('{"a":1}');
const NOW = 1_780_000_000_000;

/** Arguments that reach the addon's own checks, so that each case below changes just one. */
const TRUST = 'not used';

const wrongType = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
const wrongValue = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
const outOfRange = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };

describe('bytes that will be judged', () => {
  for (const [what, value] of [
    ['undefined', undefined],
    ['null', null],
    ['a string', '{"a":1}'],
    ['a number', 7],
    ['an array of bytes', [123, 125]],
    ['an ArrayBuffer', new ArrayBuffer(2)],
    ['a DataView', new DataView(new ArrayBuffer(2))],
    ['a Uint16Array', new Uint16Array([0x7d7b])],
    ['a Uint8ClampedArray', new Uint8ClampedArray(OBJECT)],
    ['an object that looks like bytes', { __proto__: Uint8Array.prototype, length: 2 }],
    ['a proxy of bytes', new Proxy(new Uint8Array(2), {})],
  ]) {
    it(`are not ${what}`, () => {
      assert.throws(() => ztp.canonicalCheck(value), wrongType);
      assert.throws(() => ztp.signatureVerify('ed25519', new Uint8Array(32), value, new Uint8Array(64)), wrongType);
    });
  }

  it('may come from another realm', () => {
    const foreign = vm.runInNewContext('new Uint8Array([123, 34, 97, 34, 58, 49, 125])');
    assert.equal(foreign instanceof Uint8Array, false);
    assert.equal(ztp.canonicalEncode(foreign), '{"a":1}');
  });

  it('may be a view into the middle of a larger buffer', () => {
    const whole = Buffer.from('xx{"a":1}yy');
    assert.equal(ztp.canonicalEncode(whole.subarray(2, 9)), '{"a":1}');
  });

  it('may be a subclass that lies about its length, which is not asked', () => {
    class Liar extends Uint8Array {
      get length() {
        return 2;
      }
      get byteLength() {
        return 1;
      }
    }
    assert.equal(ztp.canonicalEncode(new Liar(OBJECT)), '{"a":1}');
  });

  it('are refused when they lie in shared memory', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(7));
    shared.set(OBJECT);
    assert.throws(() => ztp.canonicalCheck(shared), { ...wrongType, message: /shared memory/ });
  });

  it('are refused when their buffer was transferred away, rather than taken for no bytes', () => {
    const view = new Uint8Array(OBJECT);
    structuredClone(view.buffer, { transfer: [view.buffer] });
    assert.equal(view.length, 0);
    assert.throws(() => ztp.canonicalCheck(view), TypeError);
  });

  it('are refused when their buffer shrank from under them', () => {
    const buffer = new ArrayBuffer(8, { maxByteLength: 16 });
    const view = new Uint8Array(buffer, 0, 8);
    buffer.resize(4);
    assert.equal(view.length, 0);
    assert.throws(() => ztp.canonicalCheck(view), TypeError);
  });

  it('may be none at all where the operation says so', () => {
    assert.throws(() => ztp.canonicalCheck(new Uint8Array()), { name: 'ZtpError', code: 'canonical_empty', offset: 0 });
  });
});

describe('text', () => {
  it('is refused with half of a surrogate pair, rather than changed to U+FFFD', async () => {
    for (const half of ['\ud800', 'a\udfff', '\udc00\ud800']) {
      assert.throws(() => ztp.keysGenerate(new Uint8Array(32), half), wrongValue);
      assert.throws(() => ztp.licenceVerify(OBJECT, TRUST, NOW, half), wrongValue);
      await assert.rejects(ztp.auditHead(half), wrongValue);
    }
  });

  it('is refused when it is neither a string nor bytes', async () => {
    for (const value of [undefined, null, 7, {}, ['ed25519'], new String('ed25519')]) {
      assert.throws(
        () => ztp.signatureVerify(value, new Uint8Array(32), OBJECT, new Uint8Array(64)),
        wrongType,
      );
      await assert.rejects(ztp.auditHead(value), wrongType);
    }
  });

  it('as bytes that are not UTF-8 is refused by the library with the offset', () => {
    assert.throws(() => ztp.signatureVerify(Buffer.from([0x65, 0xff]), new Uint8Array(32), OBJECT, new Uint8Array(64)), {
      code: 'text_not_utf8',
      offset: 1,
    });
  });

  it('with a NUL byte names no directory', async () => {
    await assert.rejects(ztp.auditHead('/tmp\0/log'), { code: 'path_invalid', offset: 4 });
  });
});

describe('integers', () => {
  for (const value of [NaN, Infinity, -Infinity, 1.5, 2 ** 53, -(2 ** 53), 1e300]) {
    it(`are not ${value}`, async () => {
      assert.throws(() => ztp.licenceVerify(OBJECT, TRUST, value, 'bench'), outOfRange);
      await assert.rejects(ztp.auditSeal('/nowhere', value), outOfRange);
      await assert.rejects(ztp.AuditLog.open('/nowhere', value), outOfRange);
    });
  }
  for (const value of [undefined, null, '1780000000000', 1n, new Date(NOW), true, [NOW]]) {
    it(`are numbers, not ${Object.prototype.toString.call(value)}`, async () => {
      assert.throws(() => ztp.licenceVerify(OBJECT, TRUST, value, 'bench'), wrongType);
      await assert.rejects(ztp.auditSeal('/nowhere', value), wrongType);
    });
  }
});

describe('objects written as JSON', () => {
  const cyclic = {};
  cyclic.self = cyclic;
  for (const [what, options] of [
    ['an undefined member, which would verify without the key', { vkey: undefined }],
    ['NaN', { breaks_max: NaN }],
    ['a fraction', { breaks_max: 1.5 }],
    ['-0', { breaks_max: -0 }],
    ['a number above 2^53-1', { breaks_max: 2 ** 53 }],
    ['a bigint', { breaks_max: 1n }],
    ['a function', { vkey: () => 'x' }],
    ['a symbol', { vkey: Symbol('x') }],
    ['half of a surrogate pair in a value', { vkey: '\ud800' }],
    ['half of a surrogate pair in a key', { '\ud800': 1 }],
    ['a Date, which JSON would turn into a string', { since: new Date(NOW) }],
    ['a Map, which JSON would turn into {}', { vkey: new Map() }],
    ['bytes', { head: new Uint8Array(3) }],
    ['itself', cyclic],
    ['a pin that is not enumerable', Object.defineProperty({}, 'vkey', { value: 'x' })],
    ['a pin that is computed', { get vkey() { return 'x'; } }],
    ['a pin that is inherited', Object.create({ vkey: 'x' })],
    ['a pin that is inherited from an object without a prototype', Object.create(Object.assign(Object.create(null), { vkey: 'x' }))],
    ['a pin of a class', new (class Options { vkey = 'x'; })()],
    ['a proxy', new Proxy({ vkey: 'x' }, {})],
    ['a proxy within', { since: new Proxy({}, {}) }],
    ['a prototype that is a proxy', Object.create(new Proxy(Object.prototype, {}))],
    ['a member whose name is a symbol', { [Symbol('vkey')]: 'x' }],
    ['an array with a hole', { require: [, 'x'] }],
    ['an array with a member of its own', { require: Object.assign(['x'], { vkey: 'x' }) }],
    ['an array whose item is computed', { require: Object.defineProperty([], 0, { get: () => 'x', enumerable: true }) }],
    ['an array whose item does not show', { require: Object.defineProperty([], 0, { value: 'x' }) }],
    ['an array that is a proxy', { require: new Proxy(['x'], {}) }],
    ['a hole in an array', { vkey: [, 1] }],
  ]) {
    it(`are refused with ${what}`, async () => {
      await assert.rejects(ztp.auditVerify('/nowhere', options), wrongValue);
      await assert.rejects(
        ztp.auditAppend('/nowhere', [{ event_class: 'x', payload: options }], NOW),
        wrongValue,
      );
    });
  }

  it('are refused when they are no object at all', async () => {
    for (const options of [null, 'full', 7, [], () => {}]) {
      await assert.rejects(ztp.auditVerify('/nowhere', options), wrongType);
    }
    for (const events of [undefined, null, 'x', {}, 7]) {
      await assert.rejects(ztp.auditAppend('/nowhere', events, NOW), wrongType);
    }
  });

  it('are refused with a member that the operation does not know', async () => {
    await assert.rejects(ztp.auditVerify('/nowhere', { vkeys: 'x' }), { name: 'ZtpError', code: 'schema_unknown_member' });
  });
});

describe('control of a long operation', () => {
  it('has a signal that is an AbortSignal and a progress function', async () => {
    await assert.rejects(ztp.auditVerify('/nowhere', {}, { signal: {} }), wrongType);
    await assert.rejects(ztp.auditVerify('/nowhere', {}, { onProgress: 'x' }), wrongType);
  });
});
