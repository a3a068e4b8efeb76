// What a file or a pipe gets.
const columnsElsewhere = 120;

/** How many characters a line of the screen takes. */
export function screenColumns(): number {
  return process.stdout.columns ?? columnsElsewhere;
}
