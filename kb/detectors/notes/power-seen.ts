import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

/** What people tell of power and cooling of rooms and racks. */
export const powerSeen = noteDetector('notes-power', [
  {
    id: 'seen.power.of-site',
    summary: 'power of the building, the room or a power strip was gone',
    role: 'cause',
    weighs: { 'facility-fault': 5 },
    source: 'https://www.se.com/us/en/download/document/SPD_VAVR-9UCLHS_EN/',
    pattern: any(
      /\bpower (?:outage|cut|event|failure|loss|interruption|problem|issue)s?\b.{0,60}\b(?:building|room|site|campus|cent(?:re|er)|rack|row|cluster|all nodes|storm)\b/,
      /\b(?:building|room|site|campus|cent(?:re|er)|rack|row|cluster)\b.{0,40}\bpower (?:outage|cut|event|failure|loss|interruption|problem|issue)s?\b/,
      /\b(?:power strip|pdu|power distribution|circuit breaker|fuse)\b.{0,60}\b(?:off|blown|tripped|dead|failed|down)\b/,
      /\b(?:nodes|servers|machines)\b.{0,30}\bon (?:one|the same|that) (?:power strip|pdu|circuit|phase)\b/,
    ),
    sees: [
      'there was a power outage in the building',
      'the computing centre had a power event',
      'several GPU nodes on one power strip are off',
      'the circuit breaker tripped',
    ],
    ignores: ['the power supply of node-03 failed', 'the PDU shows 12 kW'],
  },
  {
    // What neighbours share, chassis, strip and air, did not fail.
    id: 'seen.power.neighbours-stay-up',
    summary: 'one node goes off, and its neighbours in chassis or rack stay up',
    role: 'context',
    weighs: { 'facility-fault': -1.4, 'host-hardware-fault': 0.8 },
    source: 'https://www.se.com/us/en/download/document/SPD_VAVR-9UCLHS_EN/',
    pattern: any(
      /\b(?:neighbou?r(?:s|ing nodes| nodes)?|(?:the )?other (?:nodes|servers|blades|machines))\b.{0,40}?\b(?:in|of|on) (?:the )?(?:same )?(?:chassis|rack|enclosure|pdu|power strip|circuit)\b.{0,30}?\b(?:stay|stays|stayed|remain|remained|keep|kept|are|were|run|ran|go|went) (?:all )?(?:up|on|running|powered|fine|well)\b/,
      /\b(?:neighbou?rs?|neighbou?ring (?:nodes|servers|blades))\b.{0,30}?\b(?:stay|stayed|remain|remained|keep|kept|are|were) (?:all )?(?:up|on|running|powered|not affected|unaffected)\b/,
      /\bsingle (?:nodes|servers|machines|blades) (?:switch(?:es)?|turn|power|go|shut) (?:themselves )?(?:off|down)\b/,
    ),
    check: (_said, sentence) => !/\b(?:also|too|all) (?:go|went|switch|turn)/i.test(sentence),
    sees: [
      'the neighbours in chassis and rack stay up',
      'the other nodes in the same rack kept running',
      'single nodes switch off by themselves while running',
    ],
    ignores: ['the neighbours in the rack went off as well', 'the other nodes of the job wait'],
  },
  {
    // What the standby power of a board keeps alive is cleared by nothing else.
    id: 'seen.power.only-by-unplugging',
    summary: 'a node that went off starts only after all power was taken from it',
    role: 'cause',
    weighs: { 'host-hardware-fault': 3.4, 'facility-fault': -0.8 },
    source:
      'https://www.intel.com/content/www/us/en/products/docs/servers/ipmi/ipmi-second-gen-interface-spec-v2-rev1-1.html',
    pattern: any(
      /\b(?:pull(?:ed|ing)?|tak(?:e|en|ing)|unplug(?:ged|ging)?|remov(?:e|ed|ing)|reseat(?:ed|ing)?|re-seat(?:ed|ing)?)\b.{0,30}?\b(?:out of|from) (?:the|its) (?:chassis|enclosure|slot|rack)\b.{0,40}?\b(?:plug(?:ged)?|put|push(?:ed)?|insert(?:ed)?|slid|start(?:s|ed)?|boot(?:s|ed)?|again|back)\b/,
      /\b(?:starts?|boots?|comes? (?:up|back)|powers? on|recovers?)\b.{0,30}?\b(?:only )?(?:after|when|by|once)\b.{0,30}?\b(?:unplugg\w+|pull\w* (?:the )?(?:power|plug|cord|cable)|disconnect\w* (?:the )?power|(?:power|ac) (?:drain|cords?)|cold power cycle|a\/?c (?:power )?cycle|draining (?:the )?power)\b/,
      /\bcan(?:not| ?be| neither be|['’]t)? (?:be )?(?:started|powered on|switched on) neither remotely\b/,
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\b(?:gpu|card|cable|transceiver|dimm)s? (?:was|were|is|has been|had been) (?:pulled|reseated|re-seated|taken|removed|unplugged)/i.test(
        sentence,
      ),
    sees: [
      'it has to be pulled out of the chassis and plugged in again',
      'the server starts only after unplugging its power cords',
      'the node comes back only after an AC power cycle',
    ],
    ignores: ['the node starts after a reboot', 'the GPU was pulled out of the chassis and put into another'],
  },
]);
