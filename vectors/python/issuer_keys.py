"""Keys, signatures and signed documents for make_issuer_vectors.py, from docs/formats alone."""

import base64
import datetime
import hashlib
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa, padding, rsa


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def ms(text):
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    return int((moment - datetime.datetime(1970, 1, 1)).total_seconds() * 1000)


def pae(purpose, payload):
    return f"ztp-pae-v1\n{purpose}\n{len(payload)}\n{hashlib.sha512(payload).hexdigest()}\n".encode()


class Ed:
    suite = "ed25519"

    def __init__(self, seed):
        self.private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32))
        self.raw = self.private.public_key().public_bytes_raw()

    def spki(self):
        return self.private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message):
        return self.private.sign(message)

    def pem(self):
        return self.private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                          serialization.NoEncryption()).decode()


class Hybrid:
    """id-MLDSA65-Ed25519-SHA512 of draft-ietf-lamps-pq-composite-sigs."""

    suite = "mldsa65-ed25519"
    LABEL = b"COMPSIG-MLDSA65-Ed25519-SHA512"

    def __init__(self, seed):
        self.pq = mldsa.MLDSA65PrivateKey.from_seed_bytes(bytes([seed] * 32))
        self.ed = Ed(seed)
        self.raw = self.pq.public_key().public_bytes_raw() + self.ed.raw

    def spki(self):
        oid = bytes.fromhex("06082b06010505070630")
        algorithm = b"\x30" + bytes([len(oid)]) + oid
        bits = b"\x00" + self.raw
        string = b"\x03\x82" + len(bits).to_bytes(2, "big") + bits
        body = algorithm + string
        return b"\x30\x82" + len(body).to_bytes(2, "big") + body

    def representative(self, message):
        return b"CompositeAlgorithmSignatures2025" + self.LABEL + b"\x00" + hashlib.sha512(message).digest()

    def halves(self, message):
        m = self.representative(message)
        return self.pq.sign(m, self.LABEL), self.ed.sign(m)

    def sign(self, message):
        return b"".join(self.halves(message))


class Rsa:
    suite = "rsa4096-pss-sha384"

    def __init__(self):
        self.private = rsa.generate_private_key(65537, 4096)
        self.raw = self.private.public_key().public_numbers().n.to_bytes(512, "big")

    def sign(self, message, salt=48):
        return self.private.sign(message, padding.PSS(padding.MGF1(hashes.SHA384()), salt), hashes.SHA384())


def key_id(key):
    return hashlib.sha256(key.spki()).hexdigest()


def key_members(key):
    return {"key_id": key_id(key), "public_key": base64.b64encode(key.spki()).decode(), "suite": key.suite}


def signed(payload, *keys, purpose=None, over=None):
    """A signed document; `over` is signed instead of the payload, where the two are to differ."""
    signatures = [{"key_id": key_id(key), "signature": base64.b64encode(
        key.sign(pae(purpose or payload["schema"], canonical(over or payload).encode()))).decode()} for key in keys]
    signatures.sort(key=lambda item: item["key_id"])
    return {"payload": payload, "schema": "ztp.signed/1", "signatures": signatures}


P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
BASE = (15112221349535400772501151409588531511454012693041857206046113283949847762202,
        46316835694926478169428394003475163141307993866256225615783033603165251855960)


def add(p, q):
    d = -121665 * pow(121666, -1, P) % P
    (x1, y1), (x2, y2) = p, q
    k = d * x1 * x2 * y1 * y2
    return ((x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P)


def point(scalar):
    result, power = (0, 1), BASE
    while scalar:
        if scalar & 1:
            result = add(result, power)
        power, scalar = add(power, power), scalar >> 1
    x, y = result
    return (y | (x & 1) << 255).to_bytes(32, "little")


def ed25519ph(seed, message):
    """Ed25519ph of RFC 8032 section 5.1, which no library here offers."""
    dom = b"SigEd25519 no Ed25519 collisions\x01\x00"
    sha = lambda *parts: hashlib.sha512(b"".join(parts)).digest()
    wide, prehash = sha(seed), sha(message)
    scalar = int.from_bytes(wide[:32], "little") & ((1 << 254) - 8) | 1 << 254
    nonce = int.from_bytes(sha(dom, wide[32:], prehash), "little") % L
    r, key = point(nonce), point(scalar)
    challenge = int.from_bytes(sha(dom, r, key, prehash), "little") % L
    return r + ((nonce + challenge * scalar) % L).to_bytes(32, "little")
