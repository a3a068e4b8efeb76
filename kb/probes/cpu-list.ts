// CONFIG_NR_CPUS of distribution kernels: https://docs.kernel.org/admin-guide/cputopology.html
const processorsMax = 8192;

/**
 * Numbers of the kernel's list format, such as `0-15,64-79`; `null` when it is none. An empty list is a list.
 * https://docs.kernel.org/admin-guide/kernel-parameters.html#cpu-lists
 */
export function cpuList(text: string): readonly number[] | null {
  if (text === '') return [];
  const numbers = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part);
    const first = Number(match?.[1] ?? Number.NaN);
    const last = Number(match?.[2] ?? first);
    if (!(first <= last) || last >= processorsMax) return null;
    for (let number = first; number <= last; number += 1) numbers.add(number);
  }
  return [...numbers].toSorted((a, b) => a - b);
}
