// The clock of the page: where in time it is, whether it runs, how fast, and what happens at the end.

export const SPEEDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 4];

export class Player {
  constructor(onChange) {
    this.time = 0;
    this.start = 0;
    this.end = 0;
    this.playing = false;
    this.loop = true;
    this.speed = 1;
    this.following = false; // live: stay at the newest frame
    this.onChange = onChange;
  }

  /** Set the stretch of time that can be played. */
  setSpan(start, end) {
    this.start = start;
    this.end = end;
    this.seek(this.time);
  }

  seek(time) {
    this.time = Math.min(Math.max(time, this.start), this.end);
    this.onChange();
  }

  play() {
    if (this.time >= this.end && !this.following) this.time = this.start;
    this.playing = true;
    this.onChange();
  }

  pause() {
    this.playing = false;
    this.onChange();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  setSpeed(speed) {
    this.speed = speed;
    this.onChange();
  }

  /** The next of the speeds, up (1) or down (-1). */
  changeSpeed(direction) {
    const at = SPEEDS.indexOf(this.speed) + direction;
    this.setSpeed(SPEEDS[Math.min(Math.max(at, 0), SPEEDS.length - 1)]);
  }

  setLoop(loop) {
    this.loop = loop;
    this.onChange();
  }

  /** Let `seconds` of the wall clock pass. True if the time moved. */
  advance(seconds) {
    if (!this.playing) return false;
    const before = this.time;
    this.time += seconds * this.speed;
    if (this.time >= this.end) this.#arrive();
    return this.time !== before;
  }

  #arrive() {
    if (this.following) this.time = this.end;
    else if (this.loop && this.end > this.start) {
      this.time = this.start + ((this.time - this.start) % (this.end - this.start));
    } else {
      this.time = this.end;
      this.playing = false;
      this.onChange();
    }
  }
}
