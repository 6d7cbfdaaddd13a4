// SPDX-License-Identifier: Apache-2.0
// Certificates of a test's own, made by the openssl program of the machine.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });

export class Authority {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'gatehouse-ca-'));
    this.file = join(this.folder, 'ca.pem');
    this.keyFile = join(this.folder, 'ca.key');
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-subj', '/CN=Test authority',
      '-addext', 'basicConstraints=critical,CA:TRUE', '-keyout', this.keyFile, '-out', this.file);
    this.pem = readFileSync(this.file, 'utf8');
  }

  /** @returns {{cert: string, key: string}} for localhost and 127.0.0.1, as PEM */
  issue() {
    const [key, request, cert, names] = ['leaf.key', 'leaf.csr', 'leaf.pem', 'names'].map((name) => join(this.folder, name));
    writeFileSync(names, 'subjectAltName=DNS:localhost,IP:127.0.0.1');
    openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost', '-keyout', key, '-out', request);
    openssl('x509', '-req', '-in', request, '-CA', this.file, '-CAkey', this.keyFile, '-CAcreateserial', '-days', '1', '-extfile', names, '-out', cert);
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  }

  stop() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
