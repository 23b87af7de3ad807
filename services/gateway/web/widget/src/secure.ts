/**
 * Seals the digits of a secure capture to the connectors' public key, so that nobody on the way can read them:
 * ECDH on P-256 with a key made for this one message, HKDF-SHA256, AES-256-GCM.
 * Its counterpart is the connectors' opening of captures.
 */
import type { SecureCapture } from "./protocol/messages";

const INFO = new TextEncoder().encode("b2t secure capture v1");
const SALT = new Uint8Array(32);
const NONCE_BYTES = 12;
const CURVE = { name: "ECDH", namedCurve: "P-256" } as const;

/** False on a page without HTTPS: browsers keep WebCrypto from it. */
export const canSeal = (): boolean => globalThis.crypto?.subtle !== undefined;

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** base64 of ephemeral public key (65 bytes, uncompressed point), nonce (12 bytes), ciphertext and tag. Wipes `digits`. */
export async function seal(digits: Uint8Array, secure: SecureCapture, conversation: string): Promise<string> {
  const { subtle } = crypto;
  try {
    const { kty, crv, x, y } = secure.publicKey;
    const jwk = { kty, crv, x, y } as JsonWebKey;
    const theirs = await subtle.importKey("jwk", jwk, CURVE, false, []);
    const ours = await subtle.generateKey(CURVE, false, ["deriveBits"]);
    const shared = await subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256);
    const material = await subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
    const derivation = { name: "HKDF", hash: "SHA-256", salt: SALT, info: INFO };
    const key = await subtle.deriveKey(derivation, material, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const place = new TextEncoder().encode(`${conversation}/${secure.capture}`);
    const algorithm = { name: "AES-GCM", iv: nonce, additionalData: place, tagLength: 128 };
    const ciphertext = new Uint8Array(await subtle.encrypt(algorithm, key, digits as BufferSource));
    const point = new Uint8Array(await subtle.exportKey("raw", ours.publicKey));
    const box = new Uint8Array(point.length + nonce.length + ciphertext.length);
    box.set(point);
    box.set(nonce, point.length);
    box.set(ciphertext, point.length + nonce.length);
    return base64(box);
  } finally {
    digits.fill(0);
  }
}
