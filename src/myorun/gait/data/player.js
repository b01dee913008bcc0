// A stick figure that walks through the strides of the report. No library, no request.
"use strict";
for (const root of document.querySelectorAll(".player")) {
  const film = JSON.parse(root.querySelector("script").textContent);
  const canvas = root.querySelector("canvas");
  const button = root.querySelector("button");
  const slider = root.querySelector("input");
  const clock = root.querySelector("output");
  const pen = canvas.getContext("2d");
  let frame = 0;
  let playing = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let last = 0;
  let due = 0;

  function resize() {
    canvas.width = canvas.clientWidth * window.devicePixelRatio;
    canvas.height = canvas.clientHeight * window.devicePixelRatio;
  }

  function ground(scale, left, base) {
    pen.strokeStyle = "#c9ced6";
    pen.lineWidth = 1.5 * window.devicePixelRatio;
    pen.beginPath();
    pen.moveTo(0, base);
    pen.lineTo(canvas.width, base);
    for (let x = Math.floor(left / 0.5) * 0.5; x < left + canvas.width / scale; x += 0.5) {
      const at = (x - left) * scale;
      pen.moveTo(at, base);
      pen.lineTo(at, base + (Number.isInteger(x) ? 9 : 5) * window.devicePixelRatio);
    }
    pen.stroke();
    pen.fillStyle = "#6b7480";
    pen.font = `${10 * window.devicePixelRatio}px sans-serif`;
    for (let x = Math.ceil(left); x < left + canvas.width / scale; x += 1) {
      pen.fillText(`${x} m`, (x - left) * scale + 4, base + 20 * window.devicePixelRatio);
    }
  }

  function draw() {
    const points = film.points[frame];
    const scale = canvas.height / 2.25;
    const left = points[0][0] - canvas.width / scale / 2;
    const base = canvas.height - 0.22 * scale;
    const place = ([x, y]) => [(x - left) * scale, base - y * scale];
    pen.clearRect(0, 0, canvas.width, canvas.height);
    ground(scale, left, base);
    pen.lineCap = "round";
    for (const [from, to, color, width] of film.lines) {
      pen.strokeStyle = color;
      pen.lineWidth = width * scale;
      pen.beginPath();
      pen.moveTo(...place(points[from]));
      pen.lineTo(...place(points[to]));
      pen.stroke();
    }
    for (const [x, y, fx, fy] of film.forces[frame]) {
      const [a, b] = place([x, y]);
      pen.strokeStyle = "#e0a100";
      pen.lineWidth = 2.5 * window.devicePixelRatio;
      pen.beginPath();
      pen.moveTo(a, b);
      pen.lineTo(a + fx * 0.5 * scale, b - fy * 0.5 * scale);
      pen.stroke();
    }
    slider.value = String(frame);
    clock.textContent = `${film.times[frame].toFixed(2)} s`;
  }

  function tick(now) {
    if (playing) {
      due += Math.min(now - last, 100) / 1000;
      while (due >= film.step) {
        due -= film.step;
        frame = (frame + 1) % film.points.length;
      }
      draw();
    }
    last = now;
    window.requestAnimationFrame(tick);
  }

  function show() {
    button.textContent = playing ? "Pause" : "Play";
  }

  slider.max = String(film.points.length - 1);
  slider.addEventListener("input", () => {
    playing = false;
    frame = Number(slider.value);
    show();
    draw();
  });
  button.addEventListener("click", () => {
    playing = !playing;
    show();
  });
  window.addEventListener("resize", () => {
    resize();
    draw();
  });
  resize();
  show();
  draw();
  window.requestAnimationFrame(tick);
}
