import { contentOf, headBytes, type LogContent } from '../adapters/unpack.ts';
import { PortError } from '../ports.ts';
import type { LineMatch, LineScan, OpenLineScan } from './line-scan.ts';
import { countLineFeeds, isHole, wholeLinesEnd } from './lines.ts';
import type { LogPlace, SeenLog } from './place.ts';
import { hashOf, positionBehind, startPosition, tailBytesMax, type Position } from './position.ts';
import { openUnpacking, type Unpacking } from './unpacking.ts';

/** What happened to a log beside growing. */
export type LogTurn = 'truncated' | 'rewritten' | 'renamed' | 'gone' | 'continues' | 'binary' | 'damaged';

export interface LogEars {
  /** `line`: its number in the log, where anybody has counted. */
  onMatch(found: LineMatch, line: number | null, byte: number): void;
  onTurn(name: string, turn: LogTurn, detail: string): void;
}

export interface Reach {
  readonly signal: AbortSignal;
  /** Shared between logs, which are read one after the other. */
  readonly buffer: Uint8Array;
  readonly nowMs: () => number;
  /** Bytes of news so far, decompressed. */
  bytesRead: number;
}

/** `more`: there is more to read now; `all`: up to date; `partial`: up to a line that is not finished. */
export type StepResult = 'more' | 'all' | 'partial';

/** A last line without its break is read as it is when nothing was added for this long. */
const quietMs = 5_000;
/** Counting the lines before a match reads the log once more from its beginning; larger ones are told by byte alone. */
const countedBytesMax = 256 * 1024 * 1024;
const pastMax = 4;

/** One followed log: where its reading stands, and the scan that its lines go through as they come. */
export class FollowedLog {
  readonly place: LogPlace;
  seen: SeenLog;
  position: Position;
  content: LogContent | 'unknown';
  /** Up to which version everything was read. */
  readVersion: string | null = null;
  /** Positions before it was truncated: a copy that was made then goes on from there. */
  past: readonly Position[] = [];
  goneSinceMs: number | null = null;
  readAtMs = 0;
  /** Whether it continues another log was looked into. */
  isMet = false;
  /** What was there before all watching is still to be passed over. */
  isToSkip = false;
  #scan: LineScan | null = null;
  /** Where the open scan began. */
  #base: Position = startPosition;
  #linesSinceBase = 0;
  #found: LineMatch[] = [];
  #unpacking: Unpacking | null = null;
  readonly #openScan: OpenLineScan;
  readonly #ears: LogEars;

  constructor(place: LogPlace, seen: SeenLog, position: Position, openScan: OpenLineScan, ears: LogEars) {
    this.place = place;
    this.seen = seen;
    this.position = position;
    this.content = 'unknown';
    this.#openScan = openScan;
    this.#ears = ears;
  }

  get isOpen(): boolean {
    return this.#unpacking !== null;
  }

  get isCompressed(): boolean {
    return this.content === 'gzip' || this.content === 'zstd';
  }

  /** Takes what the place shows of it now. A compressed log that has changed is another one, or a longer one. */
  see(seen: SeenLog): void {
    if (seen.version !== this.seen.version && this.content !== 'text') {
      if (this.position.offset > 0) this.past = [...this.past, this.position].slice(-pastMax);
      this.position = startPosition;
      this.content = 'unknown';
      this.isMet = false;
      this.#closeScan();
    }
    this.seen = seen;
  }

  needsReading(nowMs: number): boolean {
    if (this.readVersion !== this.seen.version) return true;
    return (
      !this.isCompressed && this.content !== 'binary' && this.position.offset < this.seen.bytes && this.isQuiet(nowMs)
    );
  }

  /** Reads a bounded piece. Throws `PortError` or a system error for what can not be read now. */
  async step(reach: Reach): Promise<StepResult> {
    this.readAtMs = reach.nowMs();
    if (this.isToSkip) {
      await this.skipToEnd(reach);
      return 'partial';
    }
    if (this.content === 'unknown' && !(await this.#sniff(reach))) return 'partial';
    if (this.content === 'binary') return this.#upToDate();
    return this.isCompressed ? this.#stepUnpacked(reach) : this.#stepPlain(reach);
  }

  /** Begins behind what is there, at the start of the line that is being written. */
  async skipToEnd(reach: Reach): Promise<void> {
    this.isToSkip = true;
    const isKnown = await this.#sniff(reach);
    this.isToSkip = false;
    if (!isKnown || this.content === 'binary') return;
    if (this.isCompressed) {
      this.readVersion = this.seen.version;
      return;
    }
    const { bytes } = this.seen;
    const from = Math.max(0, bytes - lookBackBytes);
    const read = await this.place.read(this.seen, from, reach.buffer.subarray(0, bytes - from), reach.signal);
    if (read === null) return;
    const whole = wholeLinesEnd(read);
    // Without a break in sight there is no knowing where the line begins.
    const end = whole === 0 && from > 0 ? read.length : whole;
    this.position = positionBehind(
      read.subarray(0, end),
      from + end,
      from === 0 ? countLineFeeds(read.subarray(0, end)) : null,
    );
    if (this.position.offset === bytes) this.readVersion = this.seen.version;
  }

  /** Goes on where another log of this content was read to. */
  continueFrom(position: Position, detail: string): void {
    this.position = position;
    this.#closeScan();
    this.#ears.onTurn(this.seen.name, 'continues', detail);
  }

  async close(): Promise<void> {
    await this.#unpacking?.close();
    this.#unpacking = null;
    this.#closeScan();
  }

  /** The scan of a log that has nothing to say is given back. */
  rest(): void {
    this.#closeScan();
  }

  /** Nothing was added for a while. */
  isQuiet(nowMs: number): boolean {
    return nowMs - this.seen.modifiedMs >= quietMs;
  }

  #upToDate(): StepResult {
    this.readVersion = this.seen.version;
    return 'all';
  }

  /** Answers whether there was enough to tell. */
  async #sniff({ buffer, signal }: Reach): Promise<boolean> {
    const head = await this.place.read(this.seen, 0, buffer.subarray(0, headBytes), signal);
    if (head?.length === 0) this.readVersion = this.seen.version;
    if (head === null || head.length === 0) return false;
    const content = contentOf(head);
    // A hole before what will be written looks like binary data until something is there.
    if (content === 'binary' && isHole(head)) this.content = 'text';
    else this.content = content === 'empty' ? 'unknown' : content;
    if (this.content === 'binary') this.#ears.onTurn(this.seen.name, 'binary', 'binary data, not a log; left out');
    return this.content !== 'unknown';
  }

  async #stepPlain(reach: Reach): Promise<StepResult> {
    const { offset, tail, tailBytes } = this.position;
    if (this.seen.bytes < offset) {
      this.#beginAnew('truncated', `${offset} bytes were read, ${this.seen.bytes} are left`);
      return 'more';
    }
    const read = await this.place.read(this.seen, offset - tailBytes, reach.buffer, reach.signal);
    // Another log has its name now: the next look at the place shows both.
    if (read === null) return 'partial';
    if (read.length < tailBytes || (tailBytes > 0 && hashOf(read.subarray(0, tailBytes)) !== tail)) {
      this.#beginAnew('rewritten', 'other bytes stand where it was read before');
      return 'more';
    }
    const news = read.subarray(tailBytes);
    const isFull = read.length === reach.buffer.length;
    if (news.length === 0) return this.#upToDate();
    if (isHole(news)) {
      this.#closeScan();
      this.#moveTo(read, news.length, reach);
      return isFull ? 'more' : this.#upToDate();
    }
    const whole = wholeLinesEnd(news);
    if (whole > 0 || isFull) {
      const length = whole > 0 ? whole : news.length;
      this.#feed(news.subarray(0, length));
      this.#moveTo(read.subarray(0, tailBytes + length), length, reach);
      await this.#tell(reach);
      if (isFull || length < news.length) return isFull ? 'more' : this.#partial(reach);
      return this.#upToDate();
    }
    return this.#readUnfinished(read, news, reach);
  }

  /** What is left has no line break yet. */
  async #readUnfinished(read: Uint8Array, news: Uint8Array, reach: Reach): Promise<StepResult> {
    if (!this.isQuiet(reach.nowMs())) return this.#partial(reach);
    this.#feed(news);
    this.#scan?.end();
    this.#moveTo(read, news.length, reach);
    await this.#tell(reach);
    this.#closeScan();
    return this.#upToDate();
  }

  #partial({ nowMs }: Reach): StepResult {
    this.readVersion = this.seen.version;
    return this.isQuiet(nowMs()) ? 'more' : 'partial';
  }

  async #stepUnpacked(reach: Reach): Promise<StepResult> {
    if (this.#unpacking !== null && this.#unpacking.version !== this.seen.version) {
      await this.#unpacking.close();
      this.#unpacking = null;
    }
    // An unfinished compressed file can not be told from a damaged one, so it has to be at rest first.
    if (this.#unpacking === null && this.place.isLocal && !this.isQuiet(reach.nowMs())) return 'partial';
    this.#unpacking ??= openUnpacking(this.place, this.seen, this.content, this.position, reach.signal);
    const unpacking = this.#unpacking;
    try {
      const next = await unpacking.next();
      if (next !== null) {
        this.#feed(next.lines);
        this.#advance(next.lines, next.position, reach);
        await this.#tell(reach);
        return 'more';
      }
      this.#scan?.end();
      await this.#tell(reach);
    } catch (error) {
      reach.signal.throwIfAborted();
      if (error instanceof PortError) throw error;
      this.#ears.onTurn(
        this.seen.name,
        'damaged',
        'the compressed data is damaged or cut off; it is read again when it changes',
      );
    }
    await this.close();
    return this.#upToDate();
  }

  #beginAnew(turn: 'truncated' | 'rewritten', detail: string): void {
    if (this.position.offset > 0) this.past = [...this.past, this.position].slice(-pastMax);
    this.position = startPosition;
    this.content = 'unknown';
    // Its identity may have been given to another log, even to its own compressed form.
    this.isMet = false;
    this.#closeScan();
    this.#ears.onTurn(this.seen.name, turn, `${detail}; it is read from its beginning`);
  }

  #feed(bytes: Uint8Array): void {
    if (this.#scan?.isFull() === true) this.#closeScan();
    if (this.#scan === null) {
      this.#base = this.position;
      this.#linesSinceBase = 0;
      this.#scan = this.#openScan(this.seen.name, (found) => this.#found.push(found));
    }
    this.#scan.feed(bytes);
  }

  /** `read` ends where the position will be; its last `news` bytes are new. */
  #moveTo(read: Uint8Array, news: number, reach: Reach): void {
    const { offset, lines } = this.position;
    const fed = read.subarray(read.length - news);
    const feeds = countLineFeeds(fed);
    this.#linesSinceBase += feeds;
    this.#advance(fed, positionBehind(read, offset + news, lines === null ? null : lines + feeds), reach);
  }

  #advance(fed: Uint8Array, position: Position, reach: Reach): void {
    this.position = position;
    reach.bytesRead += fed.length;
  }

  async #tell(reach: Reach): Promise<void> {
    if (this.#found.length === 0) return;
    const found = this.#found;
    this.#found = [];
    // The position is behind these lines already: whatever happens to the count, they are told.
    if (this.#base.lines === null) await this.#countBefore(reach).catch(() => {});
    const { lines, offset } = this.#base;
    for (const one of found)
      this.#ears.onMatch(one, lines === null ? null : lines + one.line.line, offset + one.line.byteStart);
  }

  /** Only now that somebody asks; `buffer` is free again. */
  async #countBefore({ buffer, signal }: Reach): Promise<void> {
    const { offset } = this.#base;
    if (!this.place.isLocal || this.isCompressed || offset > countedBytesMax) return;
    let lines = 0;
    for (let at = 0; at < offset;) {
      const read = await this.place.read(
        this.seen,
        at,
        buffer.subarray(0, Math.min(buffer.length, offset - at)),
        signal,
      );
      if (read === null || read.length === 0) return;
      lines += countLineFeeds(read);
      at += read.length;
    }
    this.#base = { ...this.#base, lines };
    this.position = { ...this.position, lines: lines + this.#linesSinceBase };
  }

  #closeScan(): void {
    this.#scan = null;
    this.#found = [];
  }
}

const lookBackBytes = 64 * tailBytesMax;
