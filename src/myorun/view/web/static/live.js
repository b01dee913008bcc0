// A simulation under way: server-sent events with the replay so far, then frames as they come, then how it ended.

import { append, decodeReplay, fromBase64 } from "./replay.js";

/**
 * Follow a stream. `on.start(replay)` comes first, and again after a broken connection; then `on.frames(replay)` each
 * time some have come, `on.end(replay)` at the end, `on.lost()` when the simulation's program is gone.
 */
export function watchLive(address, on) {
  const source = new EventSource(address);
  let replay = null;
  let work = Promise.resolve(); // events are answered one after another
  const answer = (name, act) => {
    source.addEventListener(name, (event) => {
      work = work.then(() => act(event.data)).catch((error) => on.failed(error));
    });
  };
  answer("start", async (data) => {
    replay = await decodeReplay(fromBase64(data));
    on.start(replay);
  });
  answer("frames", (data) => {
    append(replay, new Float32Array(fromBase64(data)));
    on.frames(replay);
  });
  answer("end", (data) => {
    source.close();
    Object.assign(replay.about, JSON.parse(data));
    on.end(replay);
  });
  source.addEventListener("error", () => on.lost());
  return source;
}
