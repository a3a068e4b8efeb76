'use strict';

/*
 * Step-by-step progress: one line per step with its time. On a terminal the running step ticks in place;
 * elsewhere (a CI log) a step that takes long says so every half minute.
 */

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const redrawMs = 120;
const plainFirstLineMs = 1_000; // a step that is over at once needs no line to announce it
const plainLineMs = 30_000;
const titleWidth = 15;

function createProgress({ stream = process.stderr, env = process.env, now = Date.now } = {}) {
  const live = Boolean(stream.isTTY) && env.TERM !== 'dumb' && !env.CI;
  const paint = painter(stream, env);
  const startedAt = now();

  function step(title, about) {
    const from = now();
    const name = title.padEnd(titleWidth);
    let detail = about;
    let frame = 0;

    const draw = () => {
      frame = (frame + 1) % frames.length;
      const text = `${frames[frame]} ${name} ${detail}  ${elapsed(now() - from)}`;
      stream.write(`\r\x1b[2K${paint('cyan', text.slice(0, (stream.columns || 80) - 1))}`);
    };
    const tick = () => stream.write(`- ${name} ${detail}  ${elapsed(now() - from)}\n`);
    const timer = setInterval(live ? draw : tick, live ? redrawMs : plainLineMs);
    const first = setTimeout(live ? draw : tick, live ? 0 : plainFirstLineMs);

    const end = (mark, colour, text) => {
      clearInterval(timer);
      clearTimeout(first);
      if (live) stream.write('\r\x1b[2K');
      stream.write(`${paint(colour, mark)} ${name} ${text}  ${paint('dim', elapsed(now() - from))}\n`);
    };
    return {
      say: (text) => void (detail = text),
      done: (text) => end('✓', 'green', text),
      fail: (text) => end('✗', 'red', text),
    };
  }

  return { step, paint, line: (text = '') => stream.write(`${text}\n`), total: () => elapsed(now() - startedAt) };
}

const codes = { red: 31, green: 32, yellow: 33, cyan: 36, bold: 1, dim: 2 };

function painter(stream, env) {
  const coloured = !env.NO_COLOR && env.TERM !== 'dumb' && (Boolean(stream.isTTY) || Boolean(env.FORCE_COLOR));
  return (colour, text) => (coloured ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text);
}

/** 0.4 s, 12 s, 8 m 02 s */
function elapsed(ms) {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`;
}

module.exports = { createProgress, elapsed };
