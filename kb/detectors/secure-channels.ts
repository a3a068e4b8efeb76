import { lineDetector } from './line-patterns.ts';

const openssl = 'https://github.com/openssl/openssl/blob/master/crypto/x509/x509_txt.c';
const go = 'https://github.com/golang/go/blob/master/src/crypto/x509/verify.go';
const kerberos = 'https://github.com/krb5/krb5/blob/master/src/lib/krb5/error_tables/krb5_err.et';

/** Certificates, proxies, name servers and accounts' services, which stand between a program and what it asks for. */
export const secureChannels = lineDetector('secure-channels', [
  {
    id: 'tls.certificate.out-of-date',
    summary: 'a certificate is past its end or before its beginning: it, or a clock, is wrong',
    role: 'cause',
    weighs: { unlisted: 2, 'permission-misconfig': 1.4, 'user-code-error': 0.8 },
    source: go,
    literals: ['certificate has expired', 'certificate is not yet valid', 'certificate expired'],
    pattern:
      /certificate verify failed: certificate (?:has expired|is not yet valid)|x509: certificate has expired or is not yet valid|SSL certificate problem: certificate (?:has expired|is not yet valid)|alert certificate expired/,
    sees: [
      'ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1129)',
      'Unable to connect to the server: x509: certificate has expired or is not yet valid: current time 2026-11-21T03:12:59Z is after 2026-11-20T00:00:00Z',
    ],
    ignores: ['certificate expires in 12 days'],
  },
  {
    id: 'tls.certificate.untrusted',
    summary: 'a certificate is not signed by anybody trusted here, or for another name',
    role: 'cause',
    weighs: { 'user-code-error': 2.8, 'permission-misconfig': 1, 'firewall-blocked': 1 },
    source: openssl,
    literals: [
      'certificate verify failed',
      'certificate signed by unknown authority',
      'hostname mismatch, certificate',
      'x509: certificate is ',
      'ssl certificate problem: ',
      'server gave http response to https client',
    ],
    pattern:
      /certificate verify failed: (?:unable to get local issuer|self[- ]signed|Hostname mismatch|IP address mismatch|unable to verify)|x509: certificate (?:signed by unknown authority|is valid for \S|is not valid for)|Hostname mismatch, certificate is not valid for|SSL certificate problem: (?:unable to get local issuer|self[- ]signed)|server gave HTTP response to HTTPS client/,
    sees: [
      'ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1129)',
      'failed to do request: Head "https://r.example/v2/x/manifests/1": x509: certificate signed by unknown authority',
      'curl: (60) SSL certificate problem: unable to get local issuer certificate',
    ],
    ignores: ['certificate verify ok', 'InsecureRequestWarning: Unverified HTTPS request is being made'],
  },
  {
    id: 'tls.handshake.broken',
    summary: 'something on the way ends or spoils the beginning of an encrypted connection',
    role: 'cause',
    weighs: { 'firewall-blocked': 2, 'user-code-error': 1.6 },
    source: 'https://docs.python.org/3/library/ssl.html#exceptions',
    literals: ['ssleoferror', 'unexpected_eof_while_reading', 'wrong_version_number', 'ssl_error_syscall'],
    pattern:
      /^(?![^\n]{0,600}(?:[Rr]etrying|will retry|Retry\(total=[1-9]|[Ii]gnor))[^\n]{0,600}?(?:\bSSLEOFError: |UNEXPECTED_EOF_WHILE_READING|\[SSL: WRONG_VERSION_NUMBER\]|SSL_ERROR_SYSCALL in connection to)/,
    sees: [
      'ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1129)',
      'curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to huggingface.co:443',
    ],
    ignores: [
      "WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by 'SSLError(SSLEOFError(8, 'EOF occurred in violation of protocol'))': /simple/torch/",
    ],
  },
  {
    id: 'proxy.refused',
    summary: 'a proxy does not let a request through, or is not there',
    role: 'cause',
    weighs: { 'user-code-error': 2.2, 'firewall-blocked': 2.2 },
    source: 'https://github.com/python/cpython/blob/main/Lib/http/client.py',
    literals: [
      'tunnel connection failed: ',
      'cannot connect to proxy',
      'unable to connect to proxy',
      'proxyconnect tcp: ',
      'proxy authentication required',
      'from proxy after connect',
    ],
    pattern:
      /^(?![^\n]{0,600}(?:[Rr]etrying|Retry\(total=[1-9]))[^\n]{0,600}?(?:Tunnel connection failed: \d|Cannot connect to proxy|Unable to connect to proxy|proxyconnect tcp: |Proxy Authentication Required|HTTP code \d{3} from proxy after CONNECT)/,
    sees: [
      "requests.exceptions.ProxyError: HTTPSConnectionPool(host='pypi.org', port=443): Max retries exceeded with url: /simple (Caused by ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 403 Forbidden')))",
      'docker: Error response from daemon: Get "https://nvcr.io/v2/": proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused',
    ],
    ignores: ['NO_PROXY=localhost,10.0.0.0/8'],
  },
  {
    id: 'dns.server.silent',
    summary: 'no name server answers',
    role: 'cause',
    weighs: { 'rendezvous-resolution': 2.6, 'firewall-blocked': 1, 'facility-fault': 0.6, unlisted: 0.6 },
    source: 'https://github.com/golang/go/blob/master/src/net/dnsclient_unix.go',
    literals: ['no servers could be reached', 'i/o timeout', 'read: connection refused'],
    pattern:
      /;; (?:connection timed out; )?no servers could be reached|\blookup \S{1,120} on [\w.:[\]]{3,60}:53: [^\n]{0,120}(?:i\/o timeout|read: connection refused)/,
    sees: [
      ';; connection timed out; no servers could be reached',
      'dial tcp: lookup kubernetes.default.svc on 10.96.0.10:53: read udp 10.0.0.5:1->10.96.0.10:53: i/o timeout',
    ],
    ignores: ['dial tcp: lookup node-03 on 10.96.0.10:53: no such host'],
  },
  {
    id: 'account.directory.down',
    summary: 'the service that knows the accounts does not answer, or does not know this one',
    role: 'cause',
    weighs: { 'permission-misconfig': 3.4, unlisted: 0.8, 'facility-fault': 0.4 },
    source: 'https://github.com/SSSD/sssd/blob/master/src/providers/data_provider/dp_targets.c',
    literals: [
      'could not search ldap server',
      'failed to look up username for uid',
      ' not found on system',
      "can't get password entry for user",
      'unable to resolve user id to user name',
      'missing unix user in the system',
    ],
    pattern:
      /could not search LDAP server|[Ff]ailed to look up username for uid|\buid \d{1,10} not found on system|can't get password entry for user|Unable to resolve user ID to user name|Missing UNIX user in the system/,
    sees: [
      'slurmstepd: error: Failed to look up username for uid=1042, cannot continue with launch',
      'slurmd: error: uid 1042 not found on system',
      'error reason 1: can\'t get password entry for user "train". Either user does not exist or error with NIS/LDAP etc.',
    ],
    ignores: ['uid 1042 found'],
  },
  {
    id: 'account.ticket.expired',
    summary: 'a Kerberos ticket is missing or has run out, so that its user may not reach files or hosts',
    role: 'cause',
    weighs: { 'permission-misconfig': 4.2, 'shared-fs-problem': 0.8 },
    source: kerberos,
    literals: [
      'ticket expired',
      'cannot contact any kdc',
      'no credentials found for connection to server',
      'no kerberos credentials available',
      'required key not available',
      'errno 126]',
      'errno 127]',
    ],
    pattern:
      /\b[Tt]icket expired|Cannot contact any KDC|rpc\.gssd[^\n]{0,40}[Nn]o credentials found for connection to server|No Kerberos credentials available|\[Errno 12[67]\][^\n]{0,60}: b?['"]\/|: Required key not available$/,
    sees: [
      "kinit: Cannot contact any KDC for realm 'EXAMPLE.ORG' while getting initial credentials",
      'rpc.gssd[812]: ERROR: No credentials found for connection to server nas-01',
      "OSError: [Errno 126] Required key not available: '/opt/train/run'",
    ],
    ignores: ['modprobe: could not insert: Required key not available while loading', 'ticket renewed'],
  },
  {
    id: 'licence.vgpu.none',
    summary: 'a virtual GPU has no licence and therefore works with less speed and fewer features',
    role: 'cause',
    weighs: { unlisted: 2.4, 'gpu-clock-throttle': 1.2 },
    source: 'https://docs.nvidia.com/vgpu/latest/grid-licensing-user-guide/index.html',
    literals: ['license not found', 'performance will be '],
    pattern: /Valid (?:GRID|NVIDIA) license not found|GPU features and performance will be (?:fully )?degraded/i,
    sees: [
      'nvidia-gridd[812]: Valid GRID license not found. GPU features and performance will be fully degraded.',
      'Valid NVIDIA license not found',
    ],
    ignores: ['License Status : Licensed (Expiry: 2026-12-1)'],
  },
  {
    id: 'licence.server.unreachable',
    summary: 'a licence cannot be had: its server does not answer or refuses',
    role: 'cause',
    weighs: { unlisted: 3, 'user-code-error': 0.8, 'firewall-blocked': 0.6 },
    source: 'https://docs.nvidia.com/license-system/latest/nvidia-license-system-user-guide/index.html',
    literals: [
      'licensing error:',
      'license server machine is down',
      'failed to acquire license from',
      'failed to checkout license',
      'licenses currently unavailable',
    ],
    pattern:
      /FLEXnet Licensing error: ?-\d|License server machine is down|nvidia-gridd[^\n]{0,40}Failed to acquire license from|Failed to acquire license from \S{1,80} \(Info: |Failed to checkout license|: Licenses currently unavailable/,
    sees: [
      'FLEXnet Licensing error:-15,570. System Error: 115 "Operation now in progress"',
      'nvidia-gridd[812]: Failed to acquire license from 10.0.0.9 (Info: NVIDIA Virtual Applications - Error: Generic network communication failure)',
    ],
    ignores: ['nvidia-gridd[812]: License acquired successfully.'],
  },
]);
