/** Amounts that people write beside a unit, in the order of the text. */
export function amounts(text: string, unit: RegExp): readonly number[] {
  const beside = new RegExp(`(?<![\\w.])(\\d{1,9}(?:[.,]\\d{1,3})?)\\s{0,2}(?:${unit.source})`, 'gi');
  return [...text.matchAll(beside)].map((found) => Number((found[1] ?? '').replace(',', '.')));
}

export function percents(text: string): readonly number[] {
  return amounts(text, /%|percent\b|per cent\b/);
}

/** Degrees Celsius. */
export function celsius(text: string): readonly number[] {
  return amounts(text, /(?:°|º|deg(?:rees?)?\.?)\s?C?\b|°|C\b|celsius/);
}

/** Megahertz; a bare number beside others with a unit counts too ("at 210 MHz, the others at 1410"). */
export function megahertz(text: string): readonly number[] {
  const giga = amounts(text, /GHz/).map((value) => value * 1000);
  const named = amounts(text, /MHz/);
  const bare = [
    ...text.matchAll(
      /(?:\b(?:at|to|of|vs\.?|versus|than|and|clocks?|p?clk|sm|is|are)|[@=:<>~,])\s{0,2}(\d{3,4})\b(?!\s?(?:MHz|W\b|%|MB|MiB|GB|GiB|nodes|gpus|steps))/gi,
    ),
  ]
    .map((found) => Number(found[1]))
    .filter((value) => value >= clockMhzMin && value <= clockMhzMax);
  return [...giga, ...named, ...bare];
}

// Idle SM clocks begin at 135 MHz and boost clocks end near 2,100 MHz on boards of the last generations:
// https://docs.nvidia.com/deploy/nvidia-smi/index.html (clocks), vendors' data sheets.
const clockMhzMin = 100;
const clockMhzMax = 2_500;

export function watts(text: string): readonly number[] {
  return amounts(text, /W\b|watts?\b/);
}

/** Mebibytes, whichever unit was written. */
export function mebibytes(text: string): readonly number[] {
  const found = text.matchAll(/(?<![\w.])(\d{1,9}(?:[.,]\d{1,3})?)\s?([tgmk])(?:i?b?|igabytes?|egabytes?|igs?)\b/gi);
  return [...found].map(([, amount = '', unit = '']) => {
    const power = 'kmgt'.indexOf(unit.toLowerCase()) - 1;
    return Number(amount.replace(',', '.')) * 1024 ** power;
  });
}
