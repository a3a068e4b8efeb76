import { describe, expect, test } from 'vitest';
import { parseAnsibleYaml, parseYaml, placesIn } from '../../../activities/adapters/yaml-places.ts';

const text = `# cluster
nodes:
  - name: a
    ssh: { port: 1,
      user: x }
  - {name: b}
again: &x
  y: 1
alias: *x
last: z
`;

describe('places in YAML', () => {
  test.each([
    [[], 2],
    [['nodes'], 2],
    [['nodes', 0, 'name'], 3],
    [['nodes', 0, 'ssh', 'user'], 5],
    [['nodes', 1, 'name'], 6],
    [['again', 'y'], 8],
    [['last'], 10],
  ])('%j stands in line %i', (path, line) => expect(placesIn(text)(path)).toBe(line));

  test('a place that is not written is at the nearest one above it', () => {
    expect(placesIn(text)(['nodes', 1, 'ssh', 'port'])).toBe(6);
  });

  test('JSON has places as well', () => {
    expect(placesIn('{\n "a": [\n  {"b": 1},\n  {"b": 2}\n ]\n}\n')(['a', 1, 'b'])).toBe(4);
  });
});

describe('reading YAML', () => {
  test('a mistake names file and line', () => {
    expect(() => parseYaml('inv.yaml', 'a: 1\nb: [1\nc: 2\n')).toThrow(/^inv\.yaml:\d+: /);
  });

  test("Ansible's secrets are never values", () => {
    const value = parseAnsibleYaml(
      'h.yaml',
      'all:\n  vars:\n    key: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      6162\n    raw: !unsafe x\n',
    );
    expect(value).toEqual({ all: { vars: { key: '{{ secret }}', raw: 'x' } } });
  });
});
