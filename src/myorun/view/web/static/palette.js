// Colours of the 3-D picture, by what they mean; those of text and graphs are in style.css.

const BODY = {
  bone: "#efe3c8",
  hollow: "#3a3026",
  tendon: "#ece7de",
  force: "#ffd65a",
  // stops of the activation scale, 0 slack to 1 fully active
  activation: [
    [0, "#46557f"],
    [0.25, "#6c4a7c"],
    [0.6, "#c4304a"],
    [1, "#ff2a1c"],
  ],
  ghost: "#4aa3ff",
  ice: "#bfe6f5",
  rubber: "#3d4148",
  mat: "#3f6fb0",
  load: "#5b6b3a",
};

export const DAY = {
  ...BODY,
  skin: "#7f9fc4",
  skinOpacity: 0.34,
  sky: ["#6fa6d6", "#b9d6ea", "#f5ecdc"],
  sun: "#fff6dc",
  hills: ["#b7cbda", "#9db8c5", "#7e9ea0"],
  meadow: "#7fa876",
  track: "#b06a54",
  line: "#f7ece0",
  obstacle: "#d79a45",
  ground: "#b9b2a6",
  light: ["#fff3dd", 2.6],
  ambient: ["#dcebff", "#8a8468", 1.5],
  fog: [14, 60], // m
};

export const NIGHT = {
  ...BODY,
  skin: "#86a8d8",
  skinOpacity: 0.42,
  sky: ["#0b1226", "#1c2a4a", "#46506e"],
  sun: "#c9d6ff",
  hills: ["#39435f", "#2b3550", "#1f2a40"],
  meadow: "#1e3a34",
  track: "#5a3a3c",
  line: "#c9c3c0",
  obstacle: "#c98a3c",
  ground: "#5d5f66",
  light: ["#dfe7ff", 2.4],
  ambient: ["#7f95c8", "#26303a", 1.1],
  fog: [12, 55], // m
};

/** The three channels (0 to 1) of "#rrggbb". */
export function channels(color) {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
}

/** A colour scale's [r, g, b] (0 to 1) at a value; stops are [value, "#rrggbb"] in ascending order. */
export function ramp(stops, value) {
  let low = stops[0];
  for (const high of stops) {
    if (value <= high[0] && high !== low) {
      const share = Math.max((value - low[0]) / (high[0] - low[0]), 0);
      const [a, b] = [channels(low[1]), channels(high[1])];
      return a.map((v, k) => v + share * (b[k] - v));
    }
    low = high;
  }
  return channels(low[1]);
}

/** [r, g, b] (0 to 1) as CSS. */
export function css(color) {
  return `rgb(${color.map((v) => Math.round(255 * v)).join(" ")})`;
}

/** The stops of a colour scale as CSS, for a legend. */
export function gradientStops(stops) {
  return stops.map(([at, color]) => `${css(channels(color))} ${100 * at}%`).join(", ");
}
