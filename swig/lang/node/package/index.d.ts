// SPDX-License-Identifier: MIT OR Apache-2.0
// bindings/package.sh adds the constants.

declare global {
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/**
 * What every function here throws: `code` is the name of the library's code, `errno` is there where the system refused. ETIMEDOUT: a timeout is over;
 * ABORT_ERR: a signal came.
 */
export interface OsmemlockError extends Error {
  code: string;
  errno?: number;
}

export interface Making {
  /** Protections, such as `LOCKED | NODUMP`. */
  want?: number;
  /** What happens when one is unavailable: an error, or less protection. */
  policy?: number;
}
export interface Reading extends Making {
  /** What becomes of the text: `TRIM_NEWLINE` and its like. */
  flags?: number;
}
export interface Timed {
  /** Milliseconds, looked at five times a second; then the call is refused with ETIMEDOUT. */
  timeout?: number;
}
export interface Cancelled extends Timed {
  /** An AbortSignal; then the promise is refused with an AbortError, when the wait is over. */
  signal?: {
    readonly aborted: boolean;
    readonly reason: unknown;
    addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
    removeEventListener(type: "abort", listener: () => void): void;
  };
}

/** A fixed number of bytes in locked memory, wiped when it is closed. On a closed buffer all but `close`, `closed` and `size` throw OSML_ECLOSED. */
export class LockedBuffer {
  /** Zeros. */
  constructor(size: number, options?: Making);

  /* What ends in `Async` waits on a thread of its own, the others wait here. */

  /** Reads a descriptor to its end, straight into locked memory. More than `max` bytes are an error, and so are none without ALLOW_EMPTY. */
  static fromFd(fd: number, max: number, options?: Reading & Timed): LockedBuffer;
  static fromFdAsync(fd: number, max: number, options?: Reading & Cancelled): Promise<LockedBuffer>;
  /** Reads a file. With PRIVATE one that others may read is refused. */
  static fromFile(path: string, max: number, options?: Reading & Timed): LockedBuffer;
  static fromFileAsync(path: string, max: number, options?: Reading & Cancelled): Promise<LockedBuffer>;
  /** Takes a variable out of the environment, and wipes it there. */
  static fromEnv(name: string, max: number, options?: Reading): LockedBuffer;
  /** Reads a credential of systemd. */
  static fromCredential(name: string, max: number, options?: Reading): LockedBuffer;
  /** Runs a program without a shell, and takes what it writes. */
  static fromCommand(words: string[], max: number, options?: Reading & Timed): LockedBuffer;
  static fromCommandAsync(words: string[], max: number, options?: Reading & Cancelled): Promise<LockedBuffer>;
  /** Asks at the terminal, without an echo. */
  static prompt(text: string, max: number, options?: Reading & Timed): LockedBuffer;
  static promptAsync(text: string, max: number, options?: Reading & Cancelled): Promise<LockedBuffer>;
  /** Copies bytes, and wipes them where they were. */
  static take(bytes: Uint8Array): LockedBuffer;

  /** Lends a view of the buffer itself, and returns what `work` returns; of a promise, what it brings. */
  with<R>(work: (bytes: Uint8Array) => R): R extends PromiseLike<infer Brought> ? Promise<Brought> : R;
  size(): number;
  /** Wipes now; may be called again. */
  close(): void;
  closed(): boolean;
  [Symbol.dispose](): void;

  getByte(offset: number): number;
  setByte(offset: number, byte: number): void;
  write(offset: number, bytes: Uint8Array): void;
  /** A copy in ordinary memory. */
  read(offset: number, n: number): Uint8Array;
  readInto(offset: number, into: Uint8Array): void;
  fill(offset: number, byte: number, n: number): void;
  random(offset: number, n: number): void;
  copy(offset: number, from: LockedBuffer, fromOffset: number, n: number): void;
  wipe(): void;
  writeFd(fd: number, options?: Timed): void;
  writeFdAsync(fd: number, options?: Cancelled): Promise<void>;
  /** Reads n bytes into the buffer, fewer at the end of the input; returns how many. */
  readFd(offset: number, n: number, fd: number, options?: Timed): number;
  readFdAsync(offset: number, n: number, fd: number, options?: Cancelled): Promise<number>;

  /** In constant time. */
  equal(other: LockedBuffer): boolean;
  /** In constant time. */
  equalBytes(bytes: Uint8Array): boolean;
  /** Runs a program that reads the buffer, and takes what it writes. */
  piped(words: string[], max: number, options?: Reading & Timed): LockedBuffer;
  pipedAsync(words: string[], max: number, options?: Reading & Cancelled): Promise<LockedBuffer>;
  /** The position, or -1. */
  find(offset: number, bytes: Uint8Array): number;
  part(offset: number, n: number): LockedBuffer;
  joined(other: LockedBuffer): LockedBuffer;
  prefixed(bytes: Uint8Array): LockedBuffer;
  suffixed(bytes: Uint8Array): LockedBuffer;
  /** A new buffer with the text: HEX, BASE64, BASE64URL, BASE32. */
  encode(coding: number): LockedBuffer;
  /** In place. */
  decode(coding: number): void;

  /** Of a buffer with GUARDED: ACCESS_NONE, ACCESS_READ, ACCESS_READWRITE. */
  protect(access: number): void;
  /** The protections that it got. */
  protections(): number;
  /** Those that the kernel says are in effect. */
  verify(): number;
  toString(): string;
}

/** Core dumps are off until it is released. */
export class CoreDumpsGuard {
  private constructor();
  release(): void;
  [Symbol.dispose](): void;
  toString(): string;
}

export function version(): string;
export function errorName(code: number): string;
/** What fromFd, readFd and writeFd take for a handle of Windows; elsewhere the descriptor itself. */
export function fdFromOsHandle(handle: number): number;
export function mlock(memory: Uint8Array): void;
export function munlock(memory: Uint8Array): void;
export function madviseDontdump(memory: Uint8Array): void;
export function wipe(memory: Uint8Array): void;
export function disableCoreDumpsForProcess(): void;
export function disableCoreDumpsWithGuard(): CoreDumpsGuard;
/** Steps such as HARDEN_ALL; returns those that were done. */
export function harden(steps: number): number;
export function hardenUndo(steps: number): number;
/** Closes all buffers of the process. */
export function purge(): void;
/** Gives idle locked memory back. */
export function trim(): void;
/** Wipes the stack below the caller. */
export function scrub(): void;
/** INFO_PAGE_SIZE and so on. */
export function info(what: number): number;
export function setWindowsErrorMode(mode: number): number;
export function suppressWindowsErrorDialogsForProcess(): number;

