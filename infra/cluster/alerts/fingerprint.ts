/** Prometheus' label fingerprint: FNV-1a, 64 bits, over sorted names and values, each closed by a 0xff byte. */
export function fingerprint(labels: Readonly<Record<string, string>>): string {
  let hash = 14_695_981_039_346_656_037n;
  const add = (byte: number) => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 1_099_511_628_211n);
  };
  for (const name of Object.keys(labels).toSorted())
    for (const text of [name, labels[name] ?? '']) {
      for (const byte of Buffer.from(text, 'utf8')) add(byte);
      add(0xff);
    }
  return hash.toString(16).padStart(16, '0');
}
