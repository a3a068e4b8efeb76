import { trialDetector } from './trials.ts';

const distribution =
  '(?:ubuntu|centos|rocky(?: ?linux)?|rhel|red hat|ubi|debian|alma(?: ?linux)?|sles|suse|fedora|amazon linux|al20\\d\\d)';

/** The same container with another image, the same command as another user. */
export const imageTrials = trialDetector('notes-image-trials', [
  {
    id: 'seen.trial.image-release',
    summary: 'an image of another release of the distribution was tried in the same place, and helped',
    role: 'cause',
    // What the image brings decides, and not what the container is given: devices, limits and rights are the same.
    weighs: {
      'net-plugin-mismatch': 3.4,
      'driver-version-mismatch': 1,
      'nccl-version-mismatch': 0.8,
      'framework-bug': 0.8,
      'rdma-device-missing-in-container': -1.8,
      'shm-too-small': -1,
      'ulimit-too-low': -1,
      'cgroup-device-loss': -1,
      'rdma-link-fault': -1,
      'host-hardware-fault': -1,
    },
    source: 'https://docs.nvidia.com/networking/display/cokan10',
    change: new RegExp(
      `\\b(?:(?:an?|the|with|using|in|on|from|under) )?(?:newer |older |other |another |same )?${distribution}(?:[- ]?v?\\d+(?:\\.\\d+)*)(?:(?:,| or| and) (?:${distribution}[- ]?)?v?\\d+(?:\\.\\d+)*){0,3}(?:[- ]based)? (?:images?|containers?|base images?)\\b|\\b(?:newer|older|more recent|other|another|different) (?:base |container |os |docker )?images?\\b(?! size)`,
    ),
    sees: [
      'the same pod with an Ubuntu 20.04 or 22.04 image works',
      'with a CentOS 8 based image it works',
      'a newer base image fixed it',
      'with another image there is no such error',
    ],
    fails: ['the same with an Ubuntu 22.04 image', 'a newer image does not help'],
    ignores: ['an Ubuntu 18.04 image is used', 'the image is Ubuntu 22.04'],
  },
  {
    id: 'seen.trial.as-root',
    summary: 'the same as root was tried, and helped',
    role: 'cause',
    // Root may open any file, and may lock memory without a limit (capabilities(7): CAP_IPC_LOCK, CAP_DAC_OVERRIDE).
    weighs: { 'permission-misconfig': 3.4, 'ulimit-too-low': 2 },
    source: 'https://man7.org/linux/man-pages/man7/capabilities.7.html',
    change: /\b(?:as|being) (?:the )?(?:root|super-?user)(?: user)?\b|\b(?:with|using|under|via) (?:sudo|root)\b/,
    sees: [
      'works as root',
      'the same command as root inside the same container completes without errors',
      'with sudo the test runs through',
    ],
    fails: ['it also fails as root', 'as root it is the same'],
    ignores: ['the job runs as root', 'it was run as root in the container, works on one node'],
  },
]);
