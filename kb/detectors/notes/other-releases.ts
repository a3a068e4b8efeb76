import { noteDetector } from './note-patterns.ts';
import {
  isAbsent,
  library,
  numbered,
  ofOthers,
  otherRelease,
  release,
  releaseIsWell,
  trouble,
  wellWith,
  wrongWith,
} from './release-words.ts';
import { jobTrials } from './trials-of-jobs.ts';
import { any } from './words.ts';

const triage = 'https://github.com/pytorch/pytorch/wiki/Bug-Triaging';

const program =
  '(?:code|program|script|model|training|configuration|config|command|job|run|test|notebook|set-?up|example|thing|recipe|workflow|environment)';
const cured =
  "(?:solve[sd]|fixe[sd]|fixing|resolve[sd]|cure[sd]|help(?:s|ed)|avoid(?:s|ed)|work(?:s|ed)|runs|ran|(?:makes?|made|lets?) (?:it|the|all|this|everything)|(?:is|was|are|were) (?:all )?(?:fine|ok|okay|well)|go(?:es)? away|went away|gone|disappear(?:s|ed)?|is (?:the|a) (?:fix|work-?around|solution)|as a work-?around|(?:does|did)(?: not|n['’]t) (?:happen|occur|appear|hang|crash|fail))";
const inVain =
  /\b(?:did|does|do|has|have)(?: not|n['’]t) (?:help|fix|solve|cure|change|work|resolve|make)|\bno (?:difference|change|effect|improvement|help)\b|\b(?:same|identical) (?:problem|error|result|hang|issue|behaviou?r|failure)\b|\b(?:also|still) (?:fails?|hangs?|crashes|happens?|occurs?|the same)\b|\bregardless of\b|\bnot (?:yet )?tried\b|\b(?:any|all|every|both|each) (?:versions?|releases?)\b/i;
// "works with 2.1 on two nodes, hangs on four": what differs is not the release.
const otherwiseDifferent =
  /\b(?:on|with|for|across) (?:one|two|three|four|eight|a single|1|2|4|8|16|\d+|more|several|many|small\w*|larg\w+|other|another|different) (?:(?:other |different )?(?:nodes?|gpus?|machines?|hosts?|cards?|ranks?|processes|workers?|models?|clusters?|servers?))\b/i;

/** "..., nor with it on one node" tells of one more trial. */
function isOtherwiseDifferent(sentence: string): boolean {
  return otherwiseDifferent.test(sentence.split(/,? nor\b/i)[0] ?? '');
}

/** What people tell of another release of a library with which the same program runs. */
export const otherReleases = noteDetector('notes-other-releases', [
  {
    id: 'seen.release.other-runs',
    summary: 'the same program runs with another release of a library',
    role: 'cause',
    // A program that is wrong is wrong with every release, unless the release stopped putting up with it.
    weighs: { 'framework-bug': 3.8, 'user-code-error': -1.2 },
    source: triage,
    pattern: any(
      // "works with previous versions of …", "with an older release it runs"
      new RegExp(wellWith(otherRelease)),
      new RegExp(
        `\\b(?:with|on|in|under|using|by using) ${otherRelease}(?: of .{1,30}?)?,? .{0,30}?(?:${cured}|${isAbsent})`,
      ),
      // The same with a number: "the same script works on jax==0.4.25".
      new RegExp(`\\b(?:very )?(?:same|identical|exact|unchanged) ${program}\\b.{0,12}?${wellWith(numbered)}`),
      new RegExp(
        `\\b(?:it|this|that|everything|all|training|which)(?: all)?(?: still)? (?:works|worked|runs|ran|was fine|is fine|was ok|is ok|was working)\\b(?: .{0,16}?)? (?:with|on|in|under|until|up to|before|prior to) (?:the )?${numbered}`,
      ),
      new RegExp(wellWith(numbered, isAbsent)),
      new RegExp(
        `\\b(?:used to|has) (?:always )?(?:work(?:ed)?|run|train(?:ed)?)\\b.{0,30}? (?:with|on|in|under|until|before|prior to) (?:${numbered}|${otherRelease})`,
      ),
      new RegExp(
        `${numbered} (?:itself )?(?:(?:has|had|shows|showed) no such \\w+|(?:does|did)(?: not|n['’]t) (?:have|show) (?:this|that|the|it))`,
      ),
      new RegExp(`\\b(?:was|were) (?:still )?working (?:fine )?(?:with|on|in|under|until) (?:the )?${numbered}`),
      new RegExp(
        `\\b(?:very )?(?:same|identical|exact|unchanged) ${program} (?:with|on|in|under|using) (?:${numbered}|${otherRelease}) (?:is|was|works|worked|runs|ran)\\b(?: (?:ok|okay|fine|well|without))?`,
      ),
      new RegExp(
        `\\b(?:before|until|up to|prior to|with) (?:the )?${numbered},? (?:it|this|that|there|everything)\\b.{0,12}?${isAbsent}`,
      ),
      // The defect was mended there.
      new RegExp(
        `\\bfixed (?:in|on|with|by|since|as of) (?:(?:upgrad|updat)ing to )?(?:the )?(?:${numbered}|(?:current |latest )?(?:master|main)\\b|(?:latest|newest|next|current) ${release})`,
      ),
      new RegExp(
        `\\bon (?:the )?(?:current |latest )?(?:master|main)(?: branch)? (?:it|this|that) (?:is fixed|works|does not)`,
      ),
      // "2.4.0 is the last version that works"
      new RegExp(
        `\\blast (?:known )?(?:good |working )?${release} (?:that |which )?(?:works|worked|(?:is|was) (?:v?\\d+\\.\\d+|fine|ok))`,
      ),
      // One works, the other does not.
      new RegExp(`(?:${releaseIsWell}|${wellWith(numbered)}).{0,60}?${wrongWith}`),
      new RegExp(
        `${wrongWith}.{0,60}?(?:${releaseIsWell}|${wellWith(numbered)}|\\bnot (?:with|on|in|under|using|for) (?:the )?${numbered})`,
      ),
      // "downgrading to 4.35.2 helps"
      new RegExp(
        `\\b(?:downgrad\\w{1,3}|roll(?:ed|ing)? back|revert(?:ed|ing)?|go(?:ing)? back|went back|pinn(?:ed|ing)|fixing (?:it|the version) (?:at|to)|upgrad(?:ing|ed|e)|updat(?:ing|ed|e)|bump(?:ing|ed)|switch(?:ing|ed) (?:back )?to|mov(?:ing|ed) (?:back )?to|install(?:ing|ed))\\b.{0,40}?(?:${numbered}|${otherRelease}|\\b${library}\\b|(?:the )?(?:latest|newest|current|recent|last) (?:\\w+ )?${release}).{0,40}?\\b${cured}\\b`,
      ),
      /\bdowngrad(?:ing|ed|e)\b.{0,60}\b(?:solve[sd]|fix(?:es|ed)|help(?:s|ed)|works|worked|runs)\b/,
      new RegExp(`\\bwith ${library} ?(?:<|<=|==|=|@) ?v?\\d[\\d.]{0,8},? .{0,20}?\\b${cured}\\b`),
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !toldAsTrial(sentence) &&
      !ofOthers.test(sentence) &&
      !inVain.test(sentence) &&
      !/\b(?:built|build each|supports?|requires?|compatible)\b/i.test(sentence) &&
      !(isOtherwiseDifferent(sentence) && new RegExp(trouble, 'i').test(sentence)),
    sees: [
      'downgrading to 1.9.5 solves it',
      'works on the previous release',
      'the same code ran with PyTorch 1.7.1',
      'the call hangs in jax 0.3.5; it does not happen with 0.3.4',
      'the call hangs in jax 0.3.5; it does not happen with 0.3.4, nor with it on a single host',
      'the same job runs with 0.5.4',
      'it stops with deepspeed 0.5.5 and runs with 0.5.4',
      'the same program trains under jax==0.3.4',
      'the same notebook works with earlier versions of datasets',
      'with an older version of jax it runs',
      'no problem in 2.1',
      'hangs with TF 1.5, works with 1.4.1',
      'the error comes with 0.6.0 but not with 0.5.4',
      'version 0.5.4 does not have this problem',
      'used to work before 0.5.0',
      'rolling back to 0.5.3 makes it work',
      'reverting to an earlier commit fixes the crash',
      'I do not see it in 2.2.1',
      'works fine on 0.13.1 but breaks on 0.14',
      'fixed in v2.2.1',
      '2.4.0 is the last version that works',
      'with the old version 0.8.3 everything is fine',
      'not an issue with jax 0.4.25',
      'before 0.5.1 it did not hang',
    ],
    ignores: [
      'the image is built each night with the latest nightly',
      'downgrading the driver to 535 solves it',
      'downgrading to 2.0.1 did not help',
      'this script runs on PyTorch 2.4 on each node',
      'the same job runs on 2 nodes',
      'the same job runs with driver 535.104.05',
      'the job runs with torch 2.4.1 and deepspeed 0.14.2',
      'the newest release is 2.4',
      'we use version 2.1',
      'it does not happen on node-03',
      'it works in 2.1 GB of memory',
      'it works with 10.0.0.1 as the master',
      'also fails with older versions',
      'it runs with version 2.1 on two nodes but hangs on four nodes',
      'it works with lr 1.5 but not with 3.0',
      'the job ran for 2.5 hours and then failed with error 1.2',
      'fixed in 2.2 hours',
      'the same script works with python 3.9',
      'the previous version of the checkpoint works',
    ],
  },
  {
    id: 'seen.release.regression',
    summary: 'it began with one release of a library',
    role: 'cause',
    weighs: { 'framework-bug': 3.2, 'nccl-bug': 0.8, 'user-code-error': -0.3 },
    source: triage,
    pattern: any(
      new RegExp(
        `\\bregress(?:ion|ions|ed)\\b.{0,30}?\\b(?:since|in|from|after|between|with|introduced|by|as of|of)\\b.{0,20}?(?:${numbered}|\\b${release}\\b|\\b(?:master|main)\\b)`,
      ),
      new RegExp(
        `\\b(?:broken|broke|breaks|stopped working|no longer works|started (?:to )?(?:fail|hang|crash|happen|break|appear)\\w{0,3}|began|begins|first (?:appear|happen|occur|fail|seen)\\w{0,3}|introduced|(?:is|was) new|only (?:happens|fails|hangs|occurs|seen))\\b[^,;]{0,12}? ?\\b(?:since|as of|starting (?:with|from|in)|from|after|in|with|by|on|between)\\b (?:the )?(?:upgrade to |update to |release of )?(?:${numbered}|(?:latest|newest|new|recent|last|nightly) ${release})`,
      ),
      new RegExp(
        `${numbered} (?:and (?:later|newer|above|up|onwards?)|or (?:later|newer|above)|onwards?)\\b.{0,12}?\\b(?:is|are|has|have|fails?|hangs?|breaks?|crash\\w{0,2}|show|affected|only)`,
      ),
      new RegExp(
        `\\b(?:since|as of|starting with) (?:the )?(?!upgrad|updat|mov|switch|bump)(?:release |version )?${numbered},? .{0,40}?${trouble}`,
      ),
      // "since the newest commit of the library"
      new RegExp(
        `\\b(?:since|after)(?: the)? (?:newest|latest|last|new|recent|most recent)\\b(?: \\w{1,20}){0,2}? ${release}\\b(?! (?:of|too|as well|it works|works))`,
      ),
      new RegExp(
        `\\bonly (?:\\w+ )?(?:with|on|in)(?: the)? (?:newest|latest|new|most recent)\\b.{0,20}?\\b(?:commit|release|version|update|upgrade|nightly)\\b(?! (?:of|too|as well|it works|works))`,
      ),
      /\b(?:since|after)(?: the)? (?:newest|latest|last|new|recent) (?:commit|release|version|update|upgrade)(?: of)?\b/,
      // "it worked until the library was updated"
      new RegExp(
        `\\b(?:works?|worked|ran|trained|fine|ok)\\b.{0,16}?\\b(?:until|till|before)\\b.{0,40}?(?:(?:${library}|library|framework)\\b.{0,24}?\\b(?:updated?|upgraded?|bumped|changed|moved)\\b|\\b(?:updat|upgrad|bump)(?:e|ed|ing)\\b.{0,24}?(?:\\b${library}\\b|\\b${release}\\b|${numbered}))`,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !ofOthers.test(sentence) &&
      !inVain.test(sentence) &&
      !/\b(?:built|build each|regression tests?|(?:linear|logistic) regression)\b/i.test(sentence),
    sees: [
      'it happens since the newest commit of the library',
      'a regression since v1.7.0',
      'broken since 1.13.0',
      'the crash first appears in v0.6.2',
      'since v0.5.1 the evaluation hangs',
      'it was introduced between 2.3 and 2.4',
      'it started failing with transformers 4.36',
      'training worked fine until fairscale was updated to a commit of last week',
      'it ran before we upgraded deepspeed',
      '0.6.0 and later hang: 0.6.0 and later are affected',
    ],
    ignores: [
      'a linear regression model, release 2.1',
      'the image is built each night with the latest nightly',
      'it began on 2 nodes',
      'begins with driver 550.54.14',
      'we are on the latest version, it hangs',
      'it worked until the driver was updated',
      'it worked fine until the config was changed',
      'the newest release is 2.4',
    ],
  },
  {
    id: 'seen.release.fails-after-upgrade',
    summary: 'it fails since a library was upgraded',
    role: 'cause',
    // The library may have a defect, or the program relied on what the library no longer does.
    weighs: { 'framework-bug': 2, 'nccl-bug': 0.6, 'user-code-error': 0.4 },
    source: triage,
    pattern: new RegExp(
      `\\b(?:after|since|when|upon|once|with|by|following)\\b[^,;]{0,16}?\\b(?:upgrad(?:e|ed|ing)|updat(?:e|ed|ing)|bump(?:ed|ing)?|mov(?:ed|ing)|switch(?:ed|ing)?|migrat(?:ed|ing|ion))\\b.{0,30}?\\b(?:to|from)\\b(?: the)? (?:${numbered}|(?:latest|newest|new) ${release}).{0,60}?(?:${trouble})`,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !ofOthers.test(sentence) &&
      !inVain.test(sentence) &&
      !/\b(?:fix(?:es|ed)|solve[sd]|helps?|helped|gone|resolved|works (?:again|now))\b/i.test(sentence),
    sees: [
      'after upgrading transformers from 4.35.2 to 4.36.0 saving a checkpoint fails',
      'since the upgrade to 0.14.0 the optimizer step crashes',
      'when we moved to 2.5.1 the job hangs at the first step',
    ],
    ignores: [
      'after upgrading to 2.5.1 the hang is gone',
      'after upgrading the driver to 550.54.14 it fails',
      'after upgrading to 2.5.1 training is faster',
    ],
  },
]);

/** The same words read as a trial of another release tell no more. */
function toldAsTrial(sentence: string): boolean {
  return jobTrials.read(sentence).some(({ kind }) => kind.id === 'seen.trial.framework-version');
}
