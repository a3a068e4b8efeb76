import { InvalidArgumentError, Option } from 'commander';

/** `--zone`: whose clock the lines without a zone of their own show. */
export function zoneOption(): Option {
  return new Option(
    '--zone <name>',
    'time zone of clock times that name none, such as Europe/Berlin (default: UTC)',
  ).argParser(zoneName);
}

function zoneName(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    throw new InvalidArgumentError(`"${text}" is no zone of the IANA database; write it like Europe/Berlin`);
  }
}
