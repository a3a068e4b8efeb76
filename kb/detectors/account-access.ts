import { lineDetector } from './line-patterns.ts';

/** Users and keys that a node, a scheduler or the other nodes do not accept. */
export const accountAccess = lineDetector('account-access', [
  {
    id: 'ssh.command.refused',
    summary: 'a command over ssh ended as it does when no connection or no login is possible',
    role: 'cause',
    weighs: { 'permission-misconfig': 3.8, 'rendezvous-resolution': 2.2, 'firewall-blocked': 1.2 },
    source: 'https://man.openbsd.org/ssh#EXIT_STATUS',
    literals: ["command 'ssh ", "command '['ssh", 'passwordless ssh', 'passwordless-ssh', 'not reachable via ssh'],
    pattern:
      /Command '(?:\['?)?ssh\b[^\n]{0,300}returned non-zero exit status 255|not reachable via ssh|[Pp]asswordless[ -]ssh[^\n]{0,60}(?:not|fail|missing|required|setup)/,
    sees: [
      "subprocess.CalledProcessError: Command 'ssh -o PasswordAuthentication=no 10.0.3.100 hostname' returned non-zero exit status 255.",
      'RuntimeError: Using hostfile at hosts but host=node-01 was not reachable via ssh.',
    ],
    ignores: ["subprocess.CalledProcessError: Command 'ninja -v' returned non-zero exit status 1."],
  },
  {
    // Notebooks set the name of the exception apart from the word after it.
    id: 'ssh.library.login-refused',
    summary: 'a library that starts processes over ssh was not let in: no key, or not the right one',
    role: 'cause',
    weighs: { 'permission-misconfig': 4.6, 'user-code-error': 0.8 },
    source: 'https://github.com/dask/dask/issues/6356',
    literals: [
      'permissiondenied',
      'authenticationexception',
      'no authentication methods available',
      'badauthenticationtype',
      'passwordrequiredexception',
    ],
    pattern:
      /\basyncssh\.(?:misc\.)?PermissionDenied\b|^PermissionDenied {8,60}Traceback \(most recent call last\)|^PermissionDenied: |\bAuthenticationException\b[^\n]{0,60}(?:Authentication failed|Traceback)|\bNo authentication methods available|\bBadAuthenticationType\b: |\bPasswordRequiredException\b: /,
    sees: [
      'asyncssh.misc.PermissionDenied: Permission denied for user runner on host node-03',
      'PermissionDenied                          Traceback (most recent call last)',
      'paramiko.ssh_exception.AuthenticationException: Authentication failed.',
      '               SSH reported this exception: No authentication methods available',
    ],
    ignores: ['except AuthenticationException:', 'PermissionError: [Errno 13] Permission denied: "/data"'],
  },
  {
    id: 'account.unknown',
    summary: 'the user of the process has no account where it runs, or its credential is not accepted',
    role: 'cause',
    weighs: { 'permission-misconfig': 3.8, 'container-toolkit-misconfig': 1, 'user-code-error': 0.8 },
    source: 'https://docs.python.org/3/library/pwd.html',
    literals: [
      'getpwuid(): uid not found',
      'unauthorized credential',
      'no name for user id',
      'cannot find name for user id',
      "you don't exist",
    ],
    pattern:
      /getpwuid\(\): uid not found|[Uu]nauthorized credential for client|(?:[Nn]o|[Cc]annot find) name for user ID|[Yy]ou don't exist, go away/,
    sees: [
      "KeyError: 'getpwuid(): uid not found: 1001'",
      'munge: Unauthorized credential for client UID=1001 GID=1001',
      'I have no name!: cannot find name for user ID 1001',
    ],
    ignores: ['uid 1001 found'],
  },
]);
