// Proofs of possession (RFC 9449), read and checked as a server does it.
import { createHash, webcrypto } from "node:crypto";

export interface Proof {
  readonly header: { readonly typ: string; readonly alg: string; readonly jwk: JsonWebKey };
  readonly payload: {
    readonly htm: string;
    readonly htu: string;
    readonly iat: number;
    readonly jti: string;
    readonly ath?: string;
    readonly nonce?: string;
  };
  /** The thumbprint of its key. */
  readonly jkt: string;
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64url");

/** @throws when it is not signed with the key that it brings. */
export async function readProof(jwt: string): Promise<Proof> {
  const [head = "", body = "", signature = ""] = jwt.split(".");
  const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
  const header = read(head) as Proof["header"];
  const { jwk } = header;
  const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const key = await webcrypto.subtle.importKey("jwk", jwk, ecdsa, true, ["verify"]);
  const bytes = Buffer.from(signature, "base64url");
  if (!(await webcrypto.subtle.verify(ecdsa, key, bytes, Buffer.from(`${head}.${body}`)))) {
    throw new Error("the signature of the proof is wrong");
  }
  const jkt = sha256(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }));
  return { header, payload: read(body), jkt };
}

/** What of a proof does not fit to the request that it came with. */
export function whatIsWrong(
  { header, payload, jkt }: Proof,
  before: readonly Proof[],
  bound: string,
  token: string | undefined,
  method: string | undefined,
  url: string,
): string | undefined {
  const { htm, htu, iat, jti, ath } = payload;
  const checks = {
    typ: header.typ === "dpop+jwt" && header.alg === "ES256",
    jwk: Object.keys(header.jwk).sort().join() === "crv,kty,x,y" && jkt === bound,
    htm: htm === method,
    htu: htu === url,
    ath: token !== undefined && ath === sha256(token),
    iat: Number.isInteger(iat) && Math.abs(iat - Date.now() / 1000) < 60,
    jti: jti.length >= 16 && before.every((each) => each.payload.jti !== jti),
  };
  return Object.entries(checks).find(([, holds]) => !holds)?.[0];
}
