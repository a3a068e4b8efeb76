import { withoutHidden } from '../../workflows/domain/hidden-characters.ts';

/** One line without anything that moves a cursor, hides text or turns its direction; cut with an ellipsis. */
export function shown(text: string, charsMax: number): string {
  const line = withoutHidden(text.slice(0, 4 * charsMax))
    .replaceAll(/\s+/g, ' ')
    .trim();
  const chars = Array.from(line);
  return chars.length <= charsMax ? line : `${chars.slice(0, charsMax - 1).join('')}…`;
}
