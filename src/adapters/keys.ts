import { McpError } from "../core/errors.ts";

/** How WebCrypto calls the algorithms of JOSE. */
function algorithmOf(name: string): RsaHashedImportParams | EcKeyImportParams | { readonly name: string } {
  const bits = name.slice(-3);
  if (name.startsWith("ES")) return { name: "ECDSA", namedCurve: bits === "512" ? "P-521" : `P-${bits}` };
  if (name.startsWith("RS")) return { name: "RSASSA-PKCS1-v1_5", hash: `SHA-${bits}` };
  if (name.startsWith("PS")) return { name: "RSA-PSS", hash: `SHA-${bits}` };
  return { name: "Ed25519" };
}

/** A key pair for ES256, whose private half cannot be exported. */
export function generateKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
}

/** A private key for signing from its PEM form (PKCS #8). It cannot be exported again. */
export async function importKey(pem: string, algorithm = "ES256"): Promise<CryptoKey> {
  try {
    const body = /-----BEGIN PRIVATE KEY-----([\s\S]+?)-----END PRIVATE KEY-----/.exec(pem)?.[1] ?? "";
    const bytes = Uint8Array.from(atob(body.replace(/\s/g, "")), (char) => char.charCodeAt(0));
    return await crypto.subtle.importKey("pkcs8", bytes, algorithmOf(algorithm), false, ["sign"]);
  } catch {
    // What went wrong may quote the key.
    throw new McpError("auth_refused", `\`privateKey\` is not the PEM (PKCS #8) of a key for ${algorithm}.`, {
      during: "authorization",
    });
  }
}
