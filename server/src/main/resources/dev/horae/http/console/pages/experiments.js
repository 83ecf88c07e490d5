// What the variants of a scenario did, with how sure that is.
import { h, tags, useLoad, useState } from "../kit.js";
import { get, path, query } from "../api.js";
import { count, percent } from "../words.js";
import { Empty, Field, Head, Loaded, Panel } from "../parts.js";

const { a, b, button, div, form, input, option, p, select, span, table, tbody, td, th, thead, tr } = tags;

/** A rate as a point in its interval, on a scale that all variants share. */
const Range = ({ of, most }) => div({ class: "range-bar", "aria-hidden": "true" },
  span({ class: "spread", style: { left: `${100 * of.low / most}%`, width: `${100 * (of.high - of.low) / most}%` } }),
  span({ class: "point", style: { left: `${100 * of.rate / most}%` } }));

const sure = of => of.low !== undefined && of.low !== null && of.high !== undefined && of.high !== null;

function Variants({ variants }) {
  const most = Math.max(...variants.filter(sure).map(one => one.high), 0) * 1.1 || 1;
  return div({ class: "scroll", tabindex: 0, role: "region", "aria-label": "Variants" }, table({ class: "variants stack" },
    thead(null, tr(null, ["Variant", "Users", "Lists shown", "Clicked", "Rate", "95 % interval"].map(name => th({ key: name, scope: "col" }, name)), th({ scope: "col" }, span({ class: "unseen" }, "Drawn")))),
    tbody(null, variants.map(one => tr({ key: one.name },
      th({ scope: "row" }, one.name), td({ "data-name": "Users" }, count(one.users)), td({ "data-name": "Lists shown" }, count(one.impressions)), td({ "data-name": "Clicked" }, count(one.clicks)),
      td({ "data-name": "Rate" }, b(null, percent(one.rate))), td({ "data-name": "95 % interval" }, sure(one) ? `${percent(one.low)} to ${percent(one.high)}` : "–"),
      td({ class: "drawn" }, sure(one) && h(Range, { of: one, most })))))));
}

const points = x => `${x < 0 ? "−" : "+"}${percent(Math.abs(x)).replace(" %", "")}`;

function Difference({ of, variants }) {
  if (!of || !Number.isFinite(of.low)) {
    return null;
  }
  const shown = of.low > 0 || of.high < 0;
  return p({ class: "difference" }, span({ class: "badge" + (shown ? " good" : "") }, shown ? "a difference" : "no difference shown yet"),
    ` ${points(of.low)} to ${points(of.high)} percentage points: ${variants.at(-1).name} against ${variants[0].name}.`);
}

function Assignment({ scenario }) {
  const [user, setUser] = useState("");
  const [said, say] = useState("");
  const ask = async event => {
    event.preventDefault();
    try {
      const answer = await get(path("experiments", scenario, "assignment") + query({ user: user.trim() }));
      say(`${answer.user} gets ${answer.variant}`);
    } catch (problem) {
      say(problem.message);
    }
  };
  return form({ class: "inline", onSubmit: ask },
    tags.label({ for: "assigned" }, "Which variant does a user get?"),
    input({ id: "assigned", required: true, placeholder: "User", autocomplete: "off", value: user, onInput: e => setUser(e.currentTarget.value) }),
    button(null, "Ask"), span({ role: "status" }, said));
}

function Results({ scenario }) {
  const state = useLoad(signal => get(path("experiments", scenario), signal), [scenario]);
  return h(Panel, { title: "Click-through", actions: button({ onClick: state.reload }, "Count again") },
    h(Loaded, { state, children: data => div(null,
      h(Variants, data), h(Difference, { of: data.difference, variants: data.variants }), data.note && p({ class: "note" }, data.note)) }),
    h(Assignment, { scenario }));
}

function Chosen({ at, scenarios }) {
  const name = at.rest || scenarios[0].name;
  return div(null,
    div({ class: "panel form" }, h(Field, { id: "scenario", name: "Scenario" },
      select({ id: "scenario", value: name, onChange: e => { location.hash = "#/experiments/" + encodeURIComponent(e.currentTarget.value); } },
        scenarios.map(scenario => option({ key: scenario.name, value: scenario.name }, scenario.name))))),
    h(Results, { key: name, scenario: name }));
}

export function Experiments({ at }) {
  const state = useLoad(async signal => (await get("/v1/scenarios", signal)).scenarios.filter(scenario => scenario.experiment?.variants?.length), []);
  const nothing = scenarios => scenarios.length === 0 && div({ class: "panel" }, h(Empty, { title: "No experiment runs" },
    "An experiment is part of a scenario: give it two variants. ", a({ href: "#/scenarios" }, "To the scenarios"), "."));
  return div(null,
    h(Head, { title: "Experiments", lead: "Users are dealt to variants by a salted hash of their id, so each always sees the same." }),
    h(Loaded, { state, empty: nothing, children: scenarios => h(Chosen, { at, scenarios }) }));
}
