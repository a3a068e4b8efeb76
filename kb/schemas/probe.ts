import type { z } from 'zod';
import type { Device } from '../../workflows/domain/finding.ts';
import type { FindingKind } from './finding-kind.ts';

export interface ProbeOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** `null` when the command was killed or the link was lost. */
  readonly exitCode: number | null;
}

/** What a probe's reading means; the activity adds node and evidence range. */
export interface ProbeFinding {
  readonly kind: string;
  readonly device?: Device;
  readonly text: string;
  readonly values?: Readonly<Record<string, number | string>>;
  /** Line of stdout that shows it, from 1; the whole output when absent. */
  readonly line?: number;
  /** Cluster time of the first occurrence, where the output itself carries one. */
  readonly atMs?: number;
  /** Cluster time of the latest occurrence, where there are several. */
  readonly lastMs?: number;
  /** Occurrences; 1 when absent. */
  readonly count?: number;
}

/** What the inventory says of the node that was read. */
export interface ProbedNode {
  readonly name?: string;
  /** Name or address of its management controller. */
  readonly bmc?: string | undefined;
  /** What that controller calls the server and its event log. */
  readonly redfish?: { readonly system: string; readonly log: string } | undefined;
  /** RDMA adapters; a node whose inventory lists none is read as if nothing were known of them. */
  readonly hcas?: readonly { readonly name: string; readonly port: number }[];
  readonly gpus: readonly { readonly index: number; readonly uuid: string; readonly pciBusId: string }[];
}

/** What the inventory says of the cluster around the node: peers to reach, file systems that jobs need. */
export interface ProbedSite {
  /** All nodes, the probed one included; `address` is where its peers reach it. */
  readonly nodes: readonly { readonly name: string; readonly address: string; readonly bmc?: string | undefined }[];
  /** Mount points that every node must have. */
  readonly mounts: readonly string[];
  /** Where the ranks of a job on this node meet. */
  readonly rendezvous: readonly { readonly host: string; readonly port: number }[];
  /** Network interfaces of Ethernet fabrics, such as `eth0`. */
  readonly interfaces: readonly string[];
}

/** One figure of a reading that siblings (like devices, like nodes, the same ranks' neighbours) should agree on. */
export interface ProbeNumber {
  readonly name: string;
  readonly value: number;
  /** Such as `MHz`, `W`, `GB/s`, `count/s`. */
  readonly unit: string;
  readonly device?: Device;
  /** What makes devices alike (a board, a family of interfaces): only figures of one kind are siblings. */
  readonly like?: string;
  readonly line?: number;
}

/** How far a figure may be from the median of its siblings at the same moment. Both bounds must be exceeded. */
export interface SiblingRule {
  /** `ProbeNumber.name`. */
  readonly name: string;
  /** Which side is suspicious. */
  readonly side: 'low' | 'high' | 'both';
  /** Share of the median, 0.1 is a tenth. */
  readonly relative: number;
  /** In the unit of the number. */
  readonly absolute: number;
  /** What is reported where it is not the kind of the whole comparison; one of the probe's outcomes. */
  readonly kind?: FindingKind;
  readonly source: string;
}

/** A setting, a version or a place of a reading that like nodes should have the same of. */
export interface ProbeWord {
  /** What it is of, such as `NCCL_ALGO` or `libnccl.so`. */
  readonly name: string;
  readonly value: string;
  /**
   * Only nodes with words of one group are compared: nodes of one job, GPUs of one model. Without it, all that were
   * read are, those without any word included.
   */
  readonly group?: string;
  /** A device has to agree with the others of its kind; without it, a node that lacks the word differs, too. */
  readonly device?: Device;
  /** Line of stdout that shows it, from 1. */
  readonly line?: number;
  /** What is reported where it differs, if not the form's own kind; one of the probe's outcomes. */
  readonly kind?: FindingKind;
}

/** The differential form of a probe: suspect against siblings at the same moment. */
export interface SiblingForm<Reading> {
  /** `read`: the arguments of the command, of a probe that reads one device at a time. */
  numbers(
    reading: Reading,
    node?: ProbedNode,
    read?: Readonly<Record<string, string | number>>,
  ): readonly ProbeNumber[];
  readonly rules: readonly SiblingRule[];
  /** What like nodes should agree in; at most `wordsMax` (kb/probes/word-siblings.ts) of one reading are compared. */
  words?(reading: Reading, node?: ProbedNode): readonly ProbeWord[];
  /** What is reported for a figure outside of a rule, or a word that differs; one of the probe's outcomes. */
  readonly kind: FindingKind;
}

/** What runs on another node while a measurement runs on its own. */
export interface OtherSide {
  /** Name of the other node. */
  readonly node: string;
  readonly argv: readonly string[];
  /** The measurement starts when the other side has had this long to get ready, milliseconds of wall time. */
  readonly readyMs: number;
}

/** A second read of counters (their difference says more than they do) or of an answer that may be unstable. */
export interface SecondRead<Reading> {
  /** Milliseconds between the two reads. */
  readonly gapMs: number;
  /** The reading of both; `elapsedMs` is the time between them in the cluster. */
  combine(first: Reading, second: Reading, elapsedMs: number): Reading;
}

/**
 * A declared read-only measurement on a node. Pure: command in, output out; an adapter runs it.
 * `Reading` is typed and JSON-serialisable.
 */
export interface Probe<Args = unknown, Reading = unknown> {
  /** `area.thing`, stored in histories, never renamed. */
  readonly id: string;
  readonly platform: 'nvidia-linux';
  readonly summary: string;
  /** What an engineer wants to know who runs it; ends with a question mark. */
  readonly question: string;
  readonly aspect: 'correctness' | 'performance' | 'stability';
  /** `supply`: what a node can give; `demand`: what a job needs, asks for, or was launched with (paper, section 4.2). */
  readonly side: 'supply' | 'demand';
  /** `passive`: reads what is counted anyway; `light`: may disturb a job for a moment; `load`: needs an idle device. */
  readonly impact: 'passive' | 'light' | 'load';
  /** `root`: the command begins with `sudo -n`, and the node's sudoers file lists it (`wardround probe sudoers`). */
  readonly privilege: 'user' | 'root';
  /**
   * The probe that asks the same of other nodes, with another package manager or daemon. One that stands in for another is
   * run by people who know that a node needs it; no incident asks for it by itself, since most nodes would only lack its tool.
   */
  readonly insteadOf?: string;
  /** Where it runs, on the node where nothing is said. `management`: on the cluster's management host, about the node; a dead node answers there too. */
  readonly via?: 'node' | 'management';
  /** Typical time on a node, milliseconds; also the cost in information gain per second. */
  readonly costMs: number;
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
  /** What stays of an output that is longer: its beginning where nothing is said, its newest lines of a log. */
  readonly keeps?: 'head' | 'tail';
  /**
   * Its output quotes what programs and people wrote, control characters included. In any other output they show that it
   * was damaged on its way, and nothing of it is read.
   */
  readonly quotes?: true;
  readonly args: z.ZodType<Args>;
  /** Of a probe that reads one device at a time: the arguments for each device of the node. One reading without it. */
  devices?(node: ProbedNode, site: ProbedSite): readonly Readonly<Record<string, string | number>>[];
  /** Typed arguments to argv; the only way in which a command comes to be. */
  argv(args: Args): readonly string[];
  /**
   * Of a measurement between two nodes: what the other one runs meanwhile. It is started first and ended with the
   * measurement, however that ends; the allow-list has its command, too.
   */
  otherSide?(args: Args, node: ProbedNode, site: ProbedSite): OtherSide | undefined;
  /** Throws `ProbeParseError` when the output is not in the tool's format. */
  parse(output: ProbeOutput): Reading;
  /** All kinds that `meaning` can return, one of them of role `clean`. */
  readonly outcomes: readonly FindingKind[];
  /**
   * At least one finding: what is wrong, or the clean one. Without the node, the reading is judged by itself; without
   * the arguments, it is not known which device it is of; without the site, what the nodes should share is not known.
   */
  meaning(reading: Reading, node?: ProbedNode, args?: Args, site?: ProbedSite): readonly ProbeFinding[];
  /** Of probes whose figures or words like nodes share. */
  readonly siblings?: SiblingForm<Reading>;
  readonly again?: SecondRead<Reading>;
  /**
   * The commands that a node's allow-list lets this probe run: extended regular expressions of POSIX for whole command
   * lines, words parted by one blank. Without it, the command for no other argument than the node's name, literally.
   */
  readonly allow?: readonly string[];
}

export class ProbeParseError extends Error {
  override readonly name = 'ProbeParseError';
}
