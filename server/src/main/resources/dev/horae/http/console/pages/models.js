// The models at hand: what they are, how good they were, and which one answers.
import { h, tags, useEvery, useLoad, useState } from "../kit.js";
import { get, path, post, put, remove } from "../api.js";
import { count, percent, plural, time } from "../words.js";
import { Confirm, Empty, Facts, Field, Head, Loaded, Panel, Wrong } from "../parts.js";
import { Chart } from "../charts.js";

const { button, code, details, div, form, input, li, p, span, summary, table, tbody, td, th, tr, ul } = tags;

const looks = { active: "good", ready: "", loading: "busy", failed: "bad" };

/** Figures as rows: nested ones by their path. */
function rows(metrics, before = "") {
  return Object.entries(metrics ?? {}).flatMap(([name, value]) => (value !== null && typeof value === "object"
    ? rows(value, `${before}${name} `) : [[before + name, value]]));
}

const Figures = ({ name: model, metrics }) => {
  const all = rows(metrics);
  return all.length > 0 && div({ class: "scroll figures", tabindex: 0, role: "region", "aria-label": `Offline figures of ${model}` }, table(null,
    tbody(null, all.map(([name, value]) => tr({ key: name }, th({ scope: "row" }, name), td(null, typeof value === "number" ? value.toFixed(4) : String(value)))))));
};

function Model({ model, act }) {
  const curve = (model.curve ?? []).filter(at => at.ndcg !== null && at.ndcg !== undefined);
  const others = model.state === "ready" || model.state === "failed";
  return h(Panel, { title: [model.name, " ", span({ class: "state " + (looks[model.state] ?? "") }, model.state)],
    actions: div({ class: "actions" },
      model.state === "ready" && button({ class: "primary", "aria-label": `Activate ${model.name}`, onClick: () => act(`Activating ${model.name}`, () => post(path("models", model.name, "activate"))) }, "Activate"),
      model.shadow ? button({ "aria-label": `End the shadow ${model.name}`, onClick: () => act("Ended", () => remove(path("models", model.name, "shadow"))) }, "End shadow")
        : model.state === "ready" && button({ "aria-label": `Shadow with ${model.name}`, onClick: () => act(`Asking ${model.name} for a tenth of the lists`, () => put(path("models", model.name, "shadow"), { share: 0.1 })) }, "Shadow"),
      others && button({ class: "danger", "aria-label": `Unload ${model.name}`, onClick: () => act(null, () => remove(path("models", model.name)), model) }, "Unload")) },
  model.problem && h(Wrong, { problem: typeof model.problem === "string" ? { title: "It could not be loaded", detail: model.problem } : model.problem }),
  h(Facts, { of: [["Type", model.model || "–"], ["Version", model.version || "–"], ["Items", count(model.items)], ["Loaded (UTC)", time(model.loadedAt)],
    model.shadow && ["Shadow", model.shadow.lists ? percent(model.shadow.agreement) : "–", `items in common, of ${plural(model.shadow.lists, "list")}; asked for ${percent(model.shadow.share)}`]] }),
  p({ class: "note" }, code(null, model.path)),
  div({ class: "columns-2" }, h(Figures, model),
    curve.length > 1 && h(Chart, { title: "Validation by epoch", x: curve.map(at => at.epoch), series: [{ name: "nDCG", colour: "id", values: curve.map(at => at.ndcg) }] })),
  model.log?.length > 0 && details(null, summary(null, "What happened when it was loaded"),
    ul({ class: "plain" }, model.log.map((line, i) => li({ key: i }, line)))));
}

function Load({ act }) {
  const [text, setText] = useState("");
  const load = event => {
    event.preventDefault();
    act(`Loading ${text.trim()}`, () => post("/v1/models", { path: text.trim() }));
  };
  return h(Panel, { title: "Load a model" }, form({ class: "form", onSubmit: load },
    h(Field, { id: "path", name: "Run directory on the server", wide: true, hint: "It is loaded and warmed up beside the active one, which goes on to answer." },
      input({ id: "path", class: "mono", required: true, autocomplete: "off", spellcheck: false, value: text, "aria-describedby": "path-hint", onInput: e => setText(e.currentTarget.value) })),
    div({ class: "actions wide" }, button({ class: "primary" }, "Load"))));
}

export function Models({ me }) {
  const state = useLoad(signal => get("/v1/models", signal), []);
  const [problem, setProblem] = useState(null);
  const [said, say] = useState("");
  const [asking, setAsking] = useState(null);
  useEvery(2, () => state.data?.models.some(model => model.state === "loading" || model.shadow) && state.reload());
  const act = async (words, work, ask) => {
    if (ask) {
      setAsking({ model: ask, work });
      return;
    }
    setProblem(null);
    say(words ?? "");
    try {
      await work();
      state.reload();
    } catch (wrong) {
      say("");
      setProblem(wrong);
    }
  };
  const back = state.data?.previous;
  return div(null,
    h(Head, { title: "Models", lead: "A model is loaded beside the active one and swapped in without a request failing." },
      back && button({ onClick: () => act(`Rolling back to ${back.name ?? back}`, () => post("/v1/models/rollback")) }, `Roll back to ${back.name ?? back}`)),
    p({ class: "note", role: "status" }, said || (state.data ? plural(state.data.models.length, "model") : "")),
    problem && h(Wrong, { problem }),
    h(Loaded, { state, children: data => (data.models.length
      ? div(null, data.models.map(model => h(Model, { key: model.name + model.version, model, act })))
      : div({ class: "panel" }, h(Empty, { title: "No model yet" }, "Load the directory of a trained run below."))) }),
    me.role === "admin" && h(Load, { act }),
    asking && h(Confirm, { title: `Unload ${asking.model.name}?`, verb: "Unload", onNo: () => setAsking(null),
      onYes: () => { setAsking(null); act("Unloaded", asking.work); } }, p(null, "Its files stay where they are.")));
}
