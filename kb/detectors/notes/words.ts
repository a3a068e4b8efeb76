/** Both, in either order, close to each other. The pieces are parts of regular expressions. */
export function near(a: string, b: string, gapCharsMax = 60): RegExp {
  const gap = `.{0,${gapCharsMax}}?`;
  return new RegExp(`(?:${a})${gap}(?:${b})|(?:${b})${gap}(?:${a})`, 'i');
}

/** In this order, close to each other. */
export function inOrder(a: string, b: string, gapCharsMax = 60): RegExp {
  return new RegExp(`(?:${a}).{0,${gapCharsMax}}?(?:${b})`, 'i');
}

export function any(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => `(?:${source})`).join('|'), 'i');
}

// The words for one thing that people use for each other.
export const hangs =
  "\\b(?:hang|hangs|hanging|hanged|hung|stuck|freezes?|freezing|frozen|froze|stalls?|stalled|stalling|blocks|blocked|blocking|deadlock\\w{0,3}|(?:does|do|did)(?: not|n['’]t) (?:continue|proceed|advance|move on|progress|return)|never (?:returns?|finish\\w*|completes?|comes? back|trains?|starts? to train|gets? (?:past|beyond|any further))|nothing (?:else )?happens|(?:just |only )(?:sits?|stays?|waits?)(?: there)?|waits? (?:forever|endlessly))\\b";
export const slower =
  '\\b(?:slow|slower|slowest|slowly|lags?|lagging|behind|straggl\\w+|takes? (?:\\d[\\d.]*\\s?(?:x|times) )?(?:longer|more time)|half (?:the |as )?(?:speed|fast)|(?:lower|reduced) (?:speed|throughput))\\b';
export const utilisation = '\\b(?:gpu[- ]?)?(?:utili[sz]ation|util|usage|volatile gpu-util|load)\\b';
export const network = '\\b(?:infiniband|ib|roce|rdma|hca|nic|mlx[45](?:_\\w{1,12})?|mellanox|connectx\\S{0,3})\\b';
export const noneThere =
  "missing|empty|nothing|not (?:there|visible|mounted|found|present|mapped|passed|available|installed|handed)|\\w{1,5}n['’]t (?:there|exist|mounted|installed|visible)|no (?:such|devices?|ib devices?|rdma devices?)|absent|0 devices|no devices|does not exist|not exist|lacks?|without|not see|cannot see|has no|(?:does|do|did) not (?:include|contain|have|ship|carry|come with)|left out|not (?:included|contained|shipped|part of|in the)";
export const absent =
  "not (?:loaded|there|found|present|installed|running|started|active|listed|enabled|up)|\\w{1,5}n['’]t (?:loaded|there|found|installed|running|active|listed|exist)|missing|shows? nothing|nothing|no output|empty|absent|unloaded|gone|(?:is |was )?(?:inactive|dead|failed|stopped|disabled|down|exited|masked)|fail(?:s|ed|ing)?(?: to (?:start|load))?|could not (?:be )?(?:start|load)\\w*|does not (?:start|load|run|exist)|no such|crash(?:es|ed)?|stops|forgot(?:ten)?|must be (?:loaded|started) by hand|restart(?:s|ing)? (?:again|loop|in a loop|all the time)|not (?:been )?(?:loaded|started|installed)";
