// Places in the shop and their rules.
import { h, tags, useLoad } from "../kit.js";
import { get, path } from "../api.js";
import { plural } from "../words.js";
import { Empty, Head, Loaded } from "../parts.js";
import { Editor } from "./scenario.js";

const { a, code, div, li, p, span, ul } = tags;

function Card({ scenario }) {
  const variants = scenario.experiment?.variants ?? [];
  const rules = [["filter", scenario.filter], ["boost", scenario.boost]].filter(([, text]) => text);
  return li({ class: "panel" },
    div({ class: "panel-head" }, tags.h2(null, a({ href: "#/scenarios/" + encodeURIComponent(scenario.name) }, scenario.name)),
      variants.length > 0 && span({ class: "badge" }, plural(variants.length, "variant"))),
    p({ class: "note" }, [scenario.model ? `model ${scenario.model}` : "the active model", scenario.n && `${scenario.n} items`,
      scenario.diversity && `diversity ${scenario.diversity}`, scenario.excludeSeen === true && "nothing seen before", scenario.excludeSeen === false && "seen items too",
      scenario.fallback?.length && `else ${scenario.fallback.join(", ")}`].filter(Boolean).join(" · ")),
    rules.map(([name, text]) => p({ key: name, class: "rule" }, span({ class: "note" }, name), code(null, text))));
}

function All() {
  const state = useLoad(signal => get("/v1/scenarios", signal), []);
  const nothing = data => data.scenarios.length === 0 && div({ class: "panel" }, h(Empty, { title: "No scenario yet" },
    "A scenario names a place in the shop, such as home or cart, and keeps its rules on the server."));
  return div(null,
    h(Head, { title: "Scenarios", lead: "Places in the shop, each with its rules and, if you like, an experiment." },
      a({ class: "button primary", href: "#/scenarios?new" }, "New scenario")),
    h(Loaded, { state, empty: nothing, children: data => ul({ class: "scenarios" }, data.scenarios.map(scenario => h(Card, { key: scenario.name, scenario }))) }));
}

function One({ name, me }) {
  const state = useLoad(async signal => {
    const [scenario, models, columns] = await Promise.all([
      name ? get(path("scenarios", name), signal) : undefined, get("/v1/models", signal), get("/v1/columns", signal)]);
    return { scenario, models: models.models, columns: columns.columns };
  }, [name]);
  return div(null, p({ class: "back" }, a({ href: "#/scenarios" }, "← Scenarios")),
    h(Head, { title: name ?? "New scenario" },
      name && a({ class: "button", href: "#/try?left=" + encodeURIComponent("scenario:" + name) }, "Try it"),
      state.data?.scenario?.experiment && a({ class: "button", href: "#/experiments/" + encodeURIComponent(name) }, "Experiment")),
    h(Loaded, { state, children: data => h(Editor, { key: `${name} ${data.scenario?.version}`, ...data, me, reload: state.reload }) }));
}

export function Scenarios({ at, me }) {
  return at.rest ? h(One, { key: at.rest, name: at.rest, me }) : at.values.has("new") ? h(One, { me }) : h(All);
}
