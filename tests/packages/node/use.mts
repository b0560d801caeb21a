// SPDX-License-Identifier: MIT OR Apache-2.0
import { CoreDumpsGuard, HEX, LockedBuffer, TRIM_NEWLINE, disableCoreDumpsWithGuard, version, type OsmemlockError } from "osmemlock";

const key: LockedBuffer = new LockedBuffer(32);
key.random(0, 32);
const length: number = key.with((bytes: Uint8Array) => bytes.length);
const later: Promise<number> = key.with(async (bytes) => bytes.length);
const text: LockedBuffer = key.encode(HEX);
const guard: CoreDumpsGuard = disableCoreDumpsWithGuard();
if (length !== 32 || (await later) !== 32 || text.size() !== 64 || version() === "") throw new Error("not what the types say");
const made: LockedBuffer = await LockedBuffer.fromCommandAsync(["echo", "key"], 9, { flags: TRIM_NEWLINE, signal: AbortSignal.timeout(10000) });
if (made.size() !== 3 || LockedBuffer.fromCommand(["echo", "key"], 9, { timeout: 10000 }).size() !== 4) throw new Error("not what was written");
guard[Symbol.dispose]?.();
key.close();
try {
  key.getByte(0);
} catch (error) {
  if ((error as OsmemlockError).code !== "OSML_ECLOSED") throw error;
}
