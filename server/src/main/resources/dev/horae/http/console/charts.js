// Lines over time or epochs, in the page's colours. The table of the same numbers is read out
// where the drawing cannot be.
import { tags, useEffect, useRef } from "./kit.js";

const { div, figcaption, figure, i, span } = tags;
const dark = matchMedia("(prefers-color-scheme: dark)");

const known = values => values.filter(value => value !== null && value !== undefined);

function options(box, { series, clock, unit }) {
  const style = getComputedStyle(document.documentElement);
  const colour = name => style.getPropertyValue(`--${name}`).trim();
  const axis = { stroke: colour("soft"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return {
    width: box.clientWidth, height: 170, tzDate: at => window.uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
    legend: { show: false }, cursor: { y: false, points: { size: 7 } },
    padding: [null, clock ? 30 : null, null, null], // half of the last time
    scales: { x: { time: Boolean(clock) }, y: { range: (_, low, high) => (high > 0 ? [Math.min(0, low), high * 1.1] : [0, 1]) } },
    axes: [{ ...axis, values: clock ? [[3600, "{HH}:{mm}"], [60, "{HH}:{mm}"], [1, "{HH}:{mm}:{ss}"]] : undefined, space: 60, size: 30 },
      { ...axis, size: 46, values: (_, ticks) => ticks.map(tick => String(+tick.toPrecision(4))) }],
    series: [{}, ...series.map(line => ({
      label: line.name, stroke: colour(line.colour), width: 1.8, points: { show: known(line.values).length < 12, size: 5 },
      fill: line.fill ? colour(line.colour) + "22" : undefined,
    }))],
  };
}

/** `x`: numbers (seconds where `clock`); `series`: `{name, colour, values}` of the same length. */
export function Chart({ title, x, series, clock, unit }) {
  const box = useRef(null);
  useEffect(() => {
    let plot;
    const draw = () => {
      plot?.destroy();
      plot = new window.uPlot(options(box.current, { series, clock, unit }), [x, ...series.map(line => line.values)], box.current);
    };
    const fit = new ResizeObserver(() => plot && plot.width !== box.current.clientWidth && plot.setSize({ width: box.current.clientWidth, height: 170 }));
    draw();
    fit.observe(box.current);
    dark.addEventListener("change", draw);
    return () => {
      dark.removeEventListener("change", draw);
      fit.disconnect();
      plot.destroy();
    };
  }, [JSON.stringify([x, series])]);
  return figure({ class: "chart" },
    figcaption(null, span(null, unit ? `${title}, ${unit}` : title), series.length > 1 && span({ class: "legend" },
      series.map(line => span({ key: line.name }, i({ class: "key fill-" + line.colour, "aria-hidden": "true" }), line.name)))),
    div({ class: "plot", ref: box, role: "img", "aria-label": spoken(title, series, unit) }));
}

const spoken = (title, series, unit) => `${title}: ` + series.map(({ name, values }) => {
  const last = known(values).at(-1);
  return last === undefined ? `${name} has no values`
    : `${name} is ${+last.toPrecision(3)}${unit ? " " + unit : ""} now, ${+Math.max(...known(values)).toPrecision(3)} at most`;
}).join("; ");
