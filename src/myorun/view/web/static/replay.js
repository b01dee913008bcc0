// Reads the replay file (docs/viewer.md has its layout; ../replay.py writes it).

const MAGIC = [0x89, 0x4d, 0x59, 0x4f, 0x52, 0x55, 0x4e, 0x0a];
const VERSION = 1;
const PREFIX = 16; // bytes before the deflated payload
const MAX_PAYLOAD = 64 * 2 ** 20;
const MAX_FILE = 32 * 2 ** 20;

/** A file that cannot be played; its message is for people. */
export class ReplayError extends Error {}

/** The replay in an ArrayBuffer. Throws ReplayError if it is none, is damaged, or is of another version. */
export async function decodeReplay(buffer) {
  const bytes = new Uint8Array(buffer);
  checkPrefix(bytes);
  const view = new DataView(buffer);
  const payload = await inflate(bytes.subarray(PREFIX));
  if (crc32(payload) !== view.getUint32(12, true)) throw damaged();
  try {
    return read(payload);
  } catch (error) {
    throw new ReplayError(`This replay makes no sense (${error.message}). Make it anew from its trajectory.`);
  }
}

/** The bytes of base64 text, as an ArrayBuffer. */
export function fromBase64(text) {
  return Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0)).buffer;
}

function checkPrefix(bytes) {
  if (bytes.length > MAX_FILE) throw new ReplayError("This file is far too large for a replay.");
  if (bytes.length < PREFIX || MAGIC.some((byte, i) => bytes[i] !== byte)) throw new ReplayError(foreign(bytes));
  const version = bytes[8] + 256 * bytes[9];
  if (version !== VERSION) {
    throw new ReplayError(
      `This replay is of version ${version}; this page plays version ${VERSION}. Update myorun, or make the replay anew.`,
    );
  }
}

function foreign(bytes) {
  if (bytes.length === 0) return "This file is empty.";
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    return "This looks like a trajectory (.npz). The page plays replays: myorun view FILE.npz --replay FILE.replay makes one.";
  }
  return "This is not a replay of myorun. Replays end in .replay; myorun view FILE.npz --replay FILE.replay makes one.";
}

function damaged() {
  return new ReplayError("This replay is damaged or cut short. Copy it again, or make it anew from its trajectory.");
}

async function inflate(bytes) {
  const chunks = [];
  let length = 0;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > MAX_PAYLOAD) throw damaged();
      chunks.push(value);
    }
  } catch {
    throw damaged();
  }
  const payload = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    payload.set(chunk, at);
    at += chunk.length;
  }
  return payload;
}

function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

function read(payload) {
  const view = new DataView(payload.buffer);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload.subarray(4, 4 + length)));
  const { about, figure, scene, frames } = header;
  if (!Number.isInteger(frames) || frames < 1) throw new Error("it has no frames");
  if (typeof about?.title !== "string") throw new Error("it has no title");
  const channels = {};
  let at = 4 + length;
  for (const words of header.channels) {
    const end = at + (words.columns.length * frames * words.bits) / 8;
    if (!(end <= payload.length)) throw new Error(`${words.name} is cut short`); // before memory is taken
    channels[words.name] = readChannel(words, frames, view, at);
    at = end;
  }
  for (const name of ["times", "coordinates"]) if (!channels[name]) throw new Error(`it has no channel ${name}`);
  return { about, figure, scene, frames, channels };
}

/** { columns, unit, data: a Float64Array for each column }; numbers are stored as differences modulo 2^bits. */
function readChannel({ columns, unit, bits, least, step }, frames, view, start) {
  const bytes = bits / 8;
  const get = { 1: (at) => view.getUint8(at), 2: (at) => view.getUint16(at, true), 4: (at) => view.getUint32(at, true) }[bytes];
  if (!get) throw new Error(`it has numbers of ${bits} bits`);
  const data = columns.map((_, column) => {
    const values = new Float64Array(frames);
    let whole = 0;
    for (let i = 0, at = start + column * frames * bytes; i < frames; i++, at += bytes) {
      whole = (whole + get(at)) % 2 ** bits;
      values[i] = least[column] + step[column] * whole;
    }
    if (!values.every(Number.isFinite)) throw new Error("it holds what is no number");
    return values;
  });
  return { columns, unit, data };
}

/** The last frame that is not after `time`, and how far the next one has come (0 to 1). */
export function locate(replay, time) {
  const times = replay.channels.times.data[0];
  let low = 0;
  let high = replay.frames - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= time) low = middle;
    else high = middle - 1;
  }
  if (low === replay.frames - 1) return { frame: low, share: 0 };
  const share = (time - times[low]) / (times[low + 1] - times[low] || 1);
  return { frame: low, share: Math.min(Math.max(share, 0), 1) };
}

/** All columns of a channel at a time, between frames on a straight line; nothing of a channel that is not there. */
export function sample(replay, name, { frame, share }) {
  return (replay.channels[name]?.data ?? []).map((column) =>
    share > 0 ? column[frame] + share * (column[frame + 1] - column[frame]) : column[frame],
  );
}

/** First and last time, s. */
export function span(replay) {
  const times = replay.channels.times.data[0];
  return [times[0], times[replay.frames - 1]];
}

/** Add live frames: rows of all channels' columns, one after another. */
export function append(replay, rows) {
  const columns = Object.values(replay.channels).flatMap((channel) => channel.data.map((_, i) => [channel, i]));
  const count = rows.length / columns.length;
  columns.forEach(([channel, i], k) => {
    const before = channel.data[i];
    const after = new Float64Array(replay.frames + count);
    after.set(before.subarray(0, replay.frames));
    for (let row = 0; row < count; row++) after[replay.frames + row] = rows[row * columns.length + k];
    channel.data[i] = after;
  });
  replay.frames += count;
}
