// How the service does.
import { h, tags, useEvery, useLoad } from "../kit.js";
import { get } from "../api.js";
import { count, duration, millis, number, percent, plural } from "../words.js";
import { Empty, Facts, Head, Loaded, Panel } from "../parts.js";
import { Chart } from "../charts.js";

const { a, b, div, i, li, p, small, span, table, tbody, td, th, thead, tr, ul } = tags;

const sources = { model: "The model", similar: "Similar items", trending: "Trending", popular: "Popular", latest: "Latest" };
const colours = { model: "id", similar: "image", trending: "text", popular: "plum", latest: "soft" };

function Sources({ of }) {
  const all = Object.entries(of).filter(([, n]) => n > 0);
  const whole = all.reduce((sum, [, n]) => sum + n, 0);
  if (!whole) {
    return p({ class: "note" }, "No list has been asked for yet. ", a({ href: "#/try" }, "Try it"), ".");
  }
  return div(null,
    div({ class: "bar tall", "aria-hidden": "true" }, all.map(([source, n]) =>
      span({ key: source, class: "fill-" + colours[source], style: { width: `${100 * n / whole}%` } }))),
    ul({ class: "legend parts" }, all.map(([source, n]) => li({ key: source },
      i({ class: "key fill-" + colours[source], "aria-hidden": "true" }), sources[source] ?? source,
      b(null, percent(n / whole)), small(null, plural(n, "list"))))));
}

function Scenarios({ of }) {
  if (!of.length) {
    return h(Empty, { title: "No scenario yet" }, "A scenario names a place in the shop and its rules. ", a({ href: "#/scenarios" }, "Make the first"), ".");
  }
  return div({ class: "scroll", tabindex: 0, role: "region", "aria-label": "Click-through by scenario" }, table(null,
    thead(null, tr(null, th({ scope: "col" }, "Scenario"), th({ scope: "col" }, "Lists shown"), th({ scope: "col" }, "Clicked"), th({ scope: "col" }, "Rate"))),
    tbody(null, of.map(scenario => tr({ key: scenario.name },
      th({ scope: "row" }, a({ href: "#/scenarios/" + encodeURIComponent(scenario.name) }, scenario.name)),
      td(null, count(scenario.impressions)), td(null, count(scenario.clicks)), td(null, percent(scenario.rate)))))));
}

function Traffic({ series: hour, uptime }) {
  // Before the server was there nothing was slow or wrong.
  const series = hour.slice(-Math.max(2, Math.ceil(uptime / 10) + 1));
  if (series.length < 2) {
    return h(Empty, { title: "No traffic yet" }, "The lines begin with the first twenty seconds.");
  }
  const x = series.map(at => Date.parse(at.time) / 1000);
  const line = (name, colour, values, fill) => ({ name, colour, values, fill });
  return div({ class: "charts" },
    h(Chart, { title: "Requests per second", clock: true, x, series: [line("Requests", "id", series.map(at => at.requests / 10), true)] }),
    h(Chart, { title: "Latency", clock: true, unit: "ms", x, series: [
      line("Median", "image", series.map(at => (at.requests ? at.p50Millis : null))),
      line("99 %", "text", series.map(at => (at.requests ? at.p99Millis : null)))] }),
    h(Chart, { title: "Per ten seconds", clock: true, x, series: [
      line("Fallbacks", "plum", series.map(at => at.fallbacks)), line("Errors", "mark", series.map(at => at.errors))] }));
}

function Overview({ statistics, models }) {
  const active = models.find(model => model.state === "active");
  return div(null,
    h(Facts, { of: [
      ["State", span({ class: "state " + (statistics.state === "ready" ? "good" : "bad") }, statistics.state), "up for " + duration(statistics.uptimeSeconds)],
      ["Requests / s", number(statistics.requestsPerSecond)],
      ["Latency", millis(statistics.p50Millis), `99 %: ${millis(statistics.p99Millis)}`],
      ["Model", active ? a({ href: "#/models" }, active.name) : "none", active && `${active.model}, ${plural(active.items, "item")}`],
      ["Items", a({ href: "#/items" }, count(statistics.items))],
      ["Users", a({ href: "#/users" }, count(statistics.users))],
      ["Events", a({ href: "#/events" }, count(statistics.events))]] }),
    h(Panel, { title: "Traffic" }, h(Traffic, { series: statistics.series ?? [], uptime: statistics.uptimeSeconds })),
    div({ class: "columns-2" },
      h(Panel, { title: "What answered" }, h(Sources, { of: statistics.sources ?? {} })),
      h(Panel, { title: "Click-through" }, h(Scenarios, { of: statistics.scenarios ?? [] }))));
}

export function Home() {
  const state = useLoad(async signal => {
    const [statistics, models] = await Promise.all([get("/v1/statistics", signal), get("/v1/models", signal)]);
    return { statistics, models: models.models };
  }, []);
  useEvery(5, state.reload);
  return div(null,
    h(Head, { title: "Home", lead: "How the service does. The figures follow by themselves." }),
    h(Loaded, { state, children: data => h(Overview, data) }));
}
