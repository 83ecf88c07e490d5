// Numbers, times and names as text; the same in every locale.

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

export const count = n => (n === undefined || n === null ? "–" : whole.format(n));

export const plural = (n, one, many = one + "s") => `${count(n)} ${n === 1 ? one : many}`;

/** Three significant digits at most, never in powers of ten. */
export function number(x) {
  if (x === undefined || x === null || Number.isNaN(x)) {
    return "–";
  }
  const size = Math.abs(x);
  const digits = size >= 100 || x === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return x.toFixed(digits).replace("-", "−");
}

export const percent = x => (x === undefined || x === null ? "–" : `${number(100 * x)} %`);

export const millis = x => (x === undefined || x === null ? "–" : `${number(x)} ms`);

/** `2026-11-29 16:20:05` of RFC 3339 text in UTC. */
export const time = text => (text ? text.replace("T", " ").replace(/(\.\d+)?Z$/, "") : "–");

/** How long ago, in the largest whole unit. */
export function ago(text, now = Date.now()) {
  return duration((now - Date.parse(text)) / 1000) + " ago";
}

export function duration(seconds) {
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [name, size] = units.find(unit => seconds >= unit[1]) ?? units[3];
  return plural(Math.max(0, Math.floor(seconds / size)), name);
}

/** At most two letters of a title, for the tile that stands for a picture. */
export function letters(title) {
  const words = (title ?? "").split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return words.slice(0, 2).map(word => [...word][0]).join("").toUpperCase() || "?";
}

/** A colour's angle that stays with a text. */
export function hue(text) {
  let hash = 7;
  for (const letter of text ?? "") {
    hash = (hash * 31 + letter.codePointAt(0)) % 3600;
  }
  return hash % 360;
}

/** A word in single quotes for a POSIX shell. */
export const quoted = text => `'${text.replaceAll("'", `'\\''`)}'`;
