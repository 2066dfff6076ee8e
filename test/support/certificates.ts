/** Certificates for tests, made anew each time. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto as unknown as NonNullable<ReturnType<typeof cryptoProvider.get>>);

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;

/** A certificate and its key, as PEM. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  readonly certificate: string;
  /** @param names for the host names of a server */
  issue(
    commonName: string,
    options?: { readonly names?: readonly string[]; readonly hasExpired?: boolean },
  ): Promise<Certified>;
  /** A list of revoked certificates with these in it. */
  revoke(...certified: readonly Certified[]): Promise<string>;
}

export async function makeAuthority(name: string): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const own = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 10 * dayMs),
    notAfter: new Date(Date.now() + 10 * dayMs),
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  const serials = new Map<string, X509Certificate>();
  return {
    certificate: own.toString('pem'),
    async issue(commonName, { names = [], hasExpired = false } = {}) {
      const its = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const issued = await X509CertificateGenerator.create({
        subject: `CN=${commonName}`,
        issuer: own.subject,
        publicKey: its.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        notBefore: new Date(Date.now() - 5 * dayMs),
        notAfter: new Date(Date.now() + (hasExpired ? -dayMs : 5 * dayMs)),
        extensions: [
          new BasicConstraintsExtension(false),
          ...(names.length === 0
            ? []
            : [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value })))]),
        ],
      });
      const certificate = issued.toString('pem');
      serials.set(certificate, issued);
      const key = await webcrypto.subtle.exportKey('pkcs8', its.privateKey);
      return { certificate, key: PemConverter.encode(key, 'PRIVATE KEY') };
    },
    async revoke(...certified) {
      const list = await X509CrlGenerator.create({
        issuer: own.subject,
        thisUpdate: new Date(Date.now() - dayMs),
        nextUpdate: new Date(Date.now() + dayMs),
        entries: certified.flatMap(({ certificate }) => {
          const issued = serials.get(certificate);
          return issued === undefined ? [] : [{ serialNumber: issued.serialNumber }];
        }),
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
      });
      return PemConverter.encode(list.rawData, 'X509 CRL');
    },
  };
}
