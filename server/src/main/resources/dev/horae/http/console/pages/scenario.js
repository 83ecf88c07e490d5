// The editor of a scenario.
import { h, tags, useState } from "../kit.js";
import { path, put, remove } from "../api.js";
import { number } from "../words.js";
import { Confirm, Field, Panel, Wrong } from "../parts.js";
import { Expression } from "../fields.js";

const { button, div, fieldset, form, input, legend, li, ol, option, output, p, select, span } = tags;

const chain = { similar: "items similar to the history", trending: "trending items", popular: "popular items" };
const seen = { "": "", true: true, false: false };
const blank = { name: "", weight: 50, filter: "", boost: "", model: "", diversity: "" };

/** A scenario as the form holds it: text everywhere. */
const draftOf = scenario => ({
  name: scenario?.name ?? "", model: scenario?.model ?? "", n: scenario?.n ?? "", filter: scenario?.filter ?? "", boost: scenario?.boost ?? "",
  diversity: scenario?.diversity ?? 0, excludeSeen: scenario?.excludeSeen ?? "",
  fallback: scenario?.fallback ?? Object.keys(chain), salt: scenario?.experiment?.salt ?? "",
  variants: (scenario?.experiment?.variants ?? []).map(variant => ({ ...blank, ...variant })),
});

const said = values => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "" && value !== undefined && value !== null));

/** What is sent: what was left empty is left out, and what this form does not show is kept. */
function bodyOf(draft, before) {
  const { name, version, experiment, ...kept } = before ?? {};
  const variants = draft.variants.map(variant => said({ ...variant, name: variant.name.trim(), weight: Number(variant.weight),
    diversity: variant.diversity === "" ? "" : Number(variant.diversity) }));
  return said({
    ...kept, model: draft.model, n: draft.n === "" ? "" : Number(draft.n), filter: draft.filter.trim(), boost: draft.boost.trim(),
    diversity: draft.diversity || "", excludeSeen: draft.excludeSeen, fallback: draft.fallback,
    experiment: variants.length ? said({ ...experiment, salt: draft.salt, variants }) : undefined,
  });
}

function Model({ id, value, models, onChange, none = "the active model" }) {
  const names = [...new Set([...models.map(model => model.name), ...(value ? [value] : [])])];
  return h(Field, { id, name: "Model" }, select({ id, value, onChange: e => onChange(e.currentTarget.value) },
    option({ value: "" }, none), names.map(name => option({ key: name, value: name }, name))));
}

/** The order in which other sources are asked where the model cannot answer; buttons move and remove. */
function Fallback({ of, set }) {
  const move = (i, by) => {
    const next = [...of];
    next.splice(i + by, 0, ...next.splice(i, 1));
    set(next);
  };
  const left = Object.keys(chain).filter(name => !of.includes(name));
  return fieldset({ class: "wide plain-set" }, legend(null, "Where the model knows no item of the history"),
    ol({ class: "chain" }, of.map((name, i) => li({ key: name }, span({ class: "rank" }, i + 1), span(null, chain[name] ?? name),
      button({ type: "button", class: "mini", "aria-label": `Move ${name} up`, disabled: i === 0, onClick: () => move(i, -1) }, "↑"),
      button({ type: "button", class: "mini", "aria-label": `Move ${name} down`, disabled: i === of.length - 1, onClick: () => move(i, 1) }, "↓"),
      button({ type: "button", class: "mini", "aria-label": `Remove ${name}`, onClick: () => set(of.filter(other => other !== name)) }, "×")))),
    left.length > 0 && div({ class: "inline" }, left.map(name => button({ key: name, type: "button", class: "link", onClick: () => set([...of, name]) }, `Add ${chain[name]}`))));
}

function Variant({ of, i, set, drop, models, columns }) {
  const id = name => `variant-${i}-${name}`;
  const text = (name, title, more) => h(Field, { id: id(name), name: title },
    input({ id: id(name), autocomplete: "off", value: of[name], onInput: e => set({ [name]: e.currentTarget.value }), ...more }));
  return fieldset({ class: "variant wide" }, legend(null, of.name || `Variant ${i + 1}`), div({ class: "form" },
    text("name", "Name", { required: true }), text("weight", "Weight", { type: "number", min: 0, step: "any", required: true }),
    h(Model, { id: id("model"), value: of.model, models, onChange: model => set({ model }), none: "as the scenario" }),
    text("diversity", "Diversity", { type: "number", min: 0, max: 1, step: 0.05, placeholder: "as the scenario" }),
    h(Expression, { id: id("filter"), name: "Filter", kind: "filter", value: of.filter, columns, placeholder: "as the scenario", onChange: filter => set({ filter }) }),
    h(Expression, { id: id("boost"), name: "Boost", kind: "boost", value: of.boost, columns, placeholder: "as the scenario", onChange: boost => set({ boost }) })),
  button({ type: "button", class: "link", onClick: drop }, "Remove this variant"));
}

function Experiment({ draft, set, models, columns }) {
  const change = (i, more) => set({ variants: draft.variants.map((variant, j) => (i === j ? { ...variant, ...more } : variant)) });
  const add = () => set({ variants: draft.variants.length ? [...draft.variants, { ...blank, name: `variant-${draft.variants.length + 1}` }]
    : [{ ...blank, name: "control" }, { ...blank, name: "variant-2" }] });
  return h(Panel, { title: "Experiment", actions: button({ type: "button", onClick: add }, draft.variants.length ? "Add a variant" : "Start an experiment") },
    draft.variants.length === 0 && p({ class: "note" }, "None. Everybody gets the rules above."),
    draft.variants.map((variant, i) => h(Variant, { key: i, of: variant, i, models, columns, set: more => change(i, more),
      drop: () => set({ variants: draft.variants.filter((_, j) => j !== i) }) })),
    draft.variants.length > 0 && h(Field, { id: "salt", name: "Salt", hint: "Another salt deals users anew." },
      input({ id: "salt", autocomplete: "off", value: draft.salt, "aria-describedby": "salt-hint", onInput: e => set({ salt: e.currentTarget.value }) })));
}

function Rules({ draft, set, models, columns, isNew }) {
  return h(Panel, { title: "Rules" }, div({ class: "form" },
    isNew && h(Field, { id: "name", name: "Name" },
      input({ id: "name", required: true, autocomplete: "off", placeholder: "home", value: draft.name, onInput: e => set({ name: e.currentTarget.value }) })),
    h(Model, { id: "model", value: draft.model, models, onChange: model => set({ model }) }),
    h(Field, { id: "n", name: "Length" }, input({ id: "n", type: "number", min: 1, max: 500, placeholder: "10", value: draft.n, onInput: e => set({ n: e.currentTarget.value }) })),
    h(Expression, { id: "filter", name: "Filter", kind: "filter", value: draft.filter, columns, placeholder: "price <= 30.0", onChange: filter => set({ filter }) }),
    h(Expression, { id: "boost", name: "Boost", kind: "boost", value: draft.boost, columns, placeholder: "brand == \"Ostrelle\" ? 1.5 : 1.0", onChange: boost => set({ boost }) }),
    h(Field, { id: "diversity", name: "Diversity", wide: true }, div({ class: "range" },
      input({ id: "diversity", type: "range", min: 0, max: 1, step: 0.05, value: draft.diversity, onInput: e => set({ diversity: Number(e.currentTarget.value) }) }),
      output({ for: "diversity" }, number(draft.diversity)))),
    h(Field, { id: "excludeSeen", name: "What the user has seen", wide: true },
      select({ id: "excludeSeen", value: String(draft.excludeSeen), onChange: e => set({ excludeSeen: seen[e.currentTarget.value] }) },
        option({ value: "" }, "is left out where people seldom repeat"), option({ value: "true" }, "is left out"), option({ value: "false" }, "may come again"))),
    h(Fallback, { of: draft.fallback, set: fallback => set({ fallback }) })));
}

export function Editor({ scenario, models, columns, me, reload }) {
  const [draft, setDraft] = useState(draftOf(scenario));
  const [version, setVersion] = useState(scenario?.version ?? 0); // 0: there must be none of this name
  const [problem, setProblem] = useState(null);
  const [asking, setAsking] = useState(false);
  const [status, say] = useState("");
  const set = change => { say(""); setDraft(before => ({ ...before, ...change })); };
  const attempt = async work => {
    setProblem(null);
    try {
      await work();
    } catch (wrong) {
      setAsking(false);
      setProblem(wrong);
    }
  };
  const save = event => {
    event.preventDefault();
    attempt(async () => {
      const saved = await put(path("scenarios", draft.name.trim()), bodyOf(draft, scenario), version);
      setVersion(saved.version);
      say("Saved");
      if (!scenario) {
        location.hash = "#/scenarios/" + encodeURIComponent(draft.name.trim());
      }
    });
  };
  const erase = () => attempt(async () => { await remove(path("scenarios", scenario.name), version); location.hash = "#/scenarios"; });
  return form({ onSubmit: save },
    h(Rules, { draft, set, models, columns, isNew: !scenario }), h(Experiment, { draft, set, models, columns }),
    problem && h(Wrong, { problem, retry: scenario && (problem.status === 409 || problem.status === 412) ? reload : undefined }),
    me.role === "admin" ? div({ class: "actions" }, button({ class: "primary" }, "Save"),
      scenario && button({ type: "button", class: "danger", onClick: () => setAsking(true) }, "Delete"), span({ role: "status" }, status))
      : p({ class: "note" }, "Only a key of the role admin may change it."),
    asking && h(Confirm, { title: `Delete ${scenario.name}?`, verb: "Delete", onNo: () => setAsking(false), onYes: erase },
      p(null, "Requests that name it are refused from then on.")));
}
