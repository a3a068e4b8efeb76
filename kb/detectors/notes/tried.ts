/**
 * Was the change made to see what happens, or does the sentence merely list how things are set up ("MTU 9000 on all
 * nodes, iperf works")? `from` and `to`: the words of the change, as offsets.
 */
export function tried(sentence: string, from: number, to: number): boolean {
  const before = sentence.slice(0, from);
  const change = sentence.slice(from, to);
  if (cures.test(sentence.slice(to))) return true;
  if (setUp.test(before)) return false;
  if (introduced.test(before) || actions.test(before)) return true;
  return changing.test(change) && !isSo.test(before);
}

/** Does the success that the sentence tells hold for a part only: "works on one GPU, hangs on two"? */
export function partial(sentence: string, helpedTo: number, change: string): boolean {
  const rest = sentence.slice(helpedTo);
  // "works with NCCL_PROTO=Simple, not with LL": it is the change that decides.
  const changeAt = rest.indexOf(change);
  if (changeAt !== -1 && changeAt < 14) return false;
  const limit = soFar.exec(rest);
  if (limit !== null && (changeAt === -1 || changeAt > limit[0].length)) return true;
  const bad = badAfter.exec(rest);
  if (bad === null) return false;
  const clause =
    rest
      .slice(0, bad.index)
      .split(/[,;:]|\b(?:but|while|whereas|although|though)\b/)
      .at(-1) ?? '';
  return !otherwise.test(`${clause}${rest.slice(bad.index)}`);
}

/** The sentence says beside it that there is trouble; "no error" is then the want of a message. */
export function troubled(sentence: string): boolean {
  return badAfter.test(sentence);
}

// "… fixed it", "… helps", "… works", "… and the problem did not come back": in the same clause.
const cures =
  /^(?:: ?true)?[^,;:]{0,45}?\b(?:fixe[sd]|fixing|solve[sd]|resolve[sd]|cure[sd]|help(?:s|ed)|mend(?:s|ed)|avoid(?:s|ed)|prevent(?:s|ed)|eliminates|works?|worked|is (?:the|a) (?:fix|workaround|solution)|was the (?:fix|solution|cure|cause|culprit|reason)|(?:let|lets|made|makes|gets?|got) (?:it|the|all)|succeed(?:s|ed)?|gone|it (?:runs?|ran|works?|worked|trains|starts?|finishe[sd]|is|was)|did not come back|(?:has|have|shows?) no such|finite|full speed|faster|(?:completes?|completed|finish(?:es|ed)|passes|passed|ends|ended) (?:without an?y? ?errors?|without errors?|successfully|cleanly|normally)|runs? (?:fine|through|again)|ran (?:fine|through))\b|^[:,]\s(?:it|all|everything|the (?:job|run|training|hang|error|problem)) |^[^,;:]{0,40}:\s(?:it |now |then |that )?(?:works|worked|runs|no more|no longer|fixed|solved|helps|ok|fine|gone)\b/i;

const introduced =
  /\b(?:with|after|when|once|if|by|using|without|since|via|under|through|setting|adding|passing|trying|tried|until|thanks to|unless|as (?:soon|long) as|due to|needs?|requires?|switch\w* to|chang\w+ to|mov\w+ to|set(?:ting)? \S+ to|only|put(?:ting)?|calling|the (?:fix|cure|solution) (?:is|was))\b[^,;]{0,45}$/i;

const actions = /\b(?:works?|worked|runs?|ran|gone|fine|ok|passes|it|helps?|fix\w*|solv\w*)\s+(?:\w+\s+){0,2}$/i;

// "started with --ipc=host", "training in bf16": how the job is started.
const setUp =
  /\b(?:start(?:ed)?|launch(?:ed)?|built|compiled|train|trained|training|submitted|docker run|podman run|i run|we run|runs? as|running)\b[^,;]{0,40}?\b(?:with|as|in|under|by|using|on|via|run)\b[^,;]{0,40}$|\b(?:is|was|were|are) (?:run|started|launched) $|\bjob runs $/i;

const changing =
  /^(?:disabl|enabl|turn|switch|stop|flush|open|allow|upgrad|downgrad|updat|newer|older|another|other|different|new\b|spare|chang|roll|going back|lower|small|larg|bigger|longer|higher|fewer|less|more|shorter|rais|increas|decreas|reduc|halv|half|replac|swap|exchang|re-?seat|clean|re-?plug|mov|re-?load|re-?install|re-?buil|rmmod|modprobe|insmod|load|start|install|match|fix|correct|edit|adding|add|unset|remov|delet|dropp|clear|kill|end|terminat|free|prun|enlarg|mount|pass|hand|map|cop|reset|unlock|releas|restor|lift|synthetic|dummy|padd|excluding|leaving out|masking|doubl|twice|without|no\b|setting|chmod|chown|fuser|latest|nightly|pinn|patch|re-?sav|re-?down|previous|earlier|fresh|intact|iptables -f|nvidia-smi|over|via|using|on\b|flash|re-?start|re-?run|re-?creat|re-?submit|re-?launch|retr|second|third|next|reboot|power|one|1\b|single|a single|only|seated|announcing|gc\.|right|concrete|cached|restart)/i;

const isSo = /\b(?:is|are|was|were|be|been|has|have|same)\s+$/i;

// "works for two hours", "until step 3000", "for small models", "in the tests"
const soFar =
  /^[^,;]{0,20}?\b(?:until|till|(?:for|up to) (?:the first|a while|some (?:time|steps)|about|around|\d|two|three|an? (?:hour|few|while)|hours|minutes|several|small(?:er)?|all (?:the )?others?|other|step|epoch)|in the tests?|between|(?:in|on|at|for) (?:an|the |all |all the )?(?:other|different|storage))\b/i;

const badAfter =
  /(?<!\b(?:not|no|never|without|longer|more|stops?|stopped|the|n['’]t|before|that|any|every|cannot|must) )\b(?:hangs?|hung|fails?|crash(?:es)?|stuck|just stops|freezes|dies|times? out|stalls?|gets? stuck|not (?:with|on|over|for|in))\b/i;

// "… hangs without it", "fails with 2.19", "otherwise it hangs": the other half of the trial.
const otherwise =
  /\b(?:without|otherwise|else|before|defaults?|unless|older|newer|previous|instead|only|every other|all others?|(?:with|on) (?!\d+ |one|two|three|four|more|several|many|all|both|h\d00|a\d00|v\d00|rtx))|\d\.\d/i;
