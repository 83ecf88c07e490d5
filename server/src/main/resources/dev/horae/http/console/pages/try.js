// A history, a time and rules in; one or two lists out, with their reasons.
import { h, tags, useEffect, useLoad, useSettled, useState } from "../kit.js";
import { get, post } from "../api.js";
import { number } from "../words.js";
import { Copy, Empty, Field, Head, Loaded, Panel, Wrong } from "../parts.js";
import { lookUp } from "../known.js";
import { Expression, ItemSearch } from "../fields.js";
import { History, TakeUser } from "./history.js";
import { List } from "./lists.js";
import { curl } from "./curl.js";

const { button, details, div, input, option, output, p, select, span, summary } = tags;

/** The nearest number that may be asked for. */
const within = (least, most, text, standard) => Math.min(most, Math.max(least, Number(text) || standard));
const length = text => Math.trunc(within(1, 100, text, 10));

/** What is neither "" nor "model:NAME" nor "scenario:NAME" asks for no list. */
const list = (by, standard) => (by === "" || /^(model|scenario):./.test(by ?? "") ? by : standard);

/** The whole question lies in the address, so that it can be sent to somebody; who may have changed it. */
function fromPlace(values) {
  return {
    history: values.getAll("h").map(text => {
      const [, item, time] = text.match(/^(.*)@(\d{4}-\d\d-\d\dT[\d:.]+Z)$/s) ?? [text, text];
      return time ? { item, time } : { item };
    }),
    user: values.get("user") ?? "", n: length(values.get("n")),
    time: /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(values.get("time")) ? values.get("time") : "",
    filter: values.get("filter") ?? "", boost: values.get("boost") ?? "", diversity: within(0, 1, values.get("diversity"), 0),
    left: list(values.get("left"), ""), right: list(values.get("right"), "none"),
  };
}

function toPlace(question) {
  const values = new URLSearchParams();
  question.history.forEach(event => values.append("h", event.time ? `${event.item}@${event.time}` : event.item));
  const standard = fromPlace(new URLSearchParams());
  for (const name of ["user", "time", "n", "filter", "boost", "diversity", "left", "right"]) {
    if (question[name] !== standard[name]) {
      values.set(name, question[name]);
    }
  }
  return "#/try" + ([...values].length ? "?" + values : "");
}

/** What is sent for one of the lists; `by` is "" (the active model), "model:NAME" or "scenario:NAME". */
export function request(question, by) {
  const [kind, ...name] = by.split(":");
  return {
    user: question.user || undefined,
    history: question.history.length || !question.user ? question.history.map(({ item, time }) => (time ? { item, time } : item)) : undefined,
    n: question.n, time: question.time ? `${question.time}${question.time.length === 16 ? ":00" : ""}Z` : undefined,
    [kind || "model"]: name.length ? name.join(":") : undefined,
    filter: question.filter.trim() || undefined, boost: question.boost.trim() || undefined,
    diversity: question.diversity || undefined,
    fields: ["title", "brand", "categories", "image"], explain: true,
  };
}

function Choice({ id, name, value, onChange, models, scenarios, none }) {
  const ready = models.filter(model => model.state === "ready" || model.state === "active");
  const gone = value && value !== "none" && ![...ready.map(model => "model:" + model.name), ...scenarios.map(one => "scenario:" + one.name)].includes(value);
  return h(Field, { id, name }, select({ id, value, onChange: e => onChange(e.currentTarget.value) },
    none && option({ value: "none" }, "nothing"),
    option({ value: "" }, "the active model"),
    ready.map(model =>
      option({ key: "m" + model.name, value: "model:" + model.name }, `model ${model.name}`)),
    scenarios.map(scenario => option({ key: "s" + scenario.name, value: "scenario:" + scenario.name }, `scenario ${scenario.name}`)),
    gone && option({ value }, value.replace(":", " "))));
}

function Rules({ question, set, columns, choices }) {
  return h(Panel, { title: "Rules" }, div({ class: "form" },
    h(Choice, { id: "left", name: "List", value: question.left, onChange: left => set({ left }), ...choices }),
    h(Choice, { id: "right", name: "Compare with", value: question.right, onChange: right => set({ right }), none: true, ...choices }),
    h(Field, { id: "time", name: "Time (UTC)", hint: "Empty: now." },
      input({ id: "time", type: "datetime-local", step: 1, value: question.time, "aria-describedby": "time-hint", onInput: e => set({ time: e.currentTarget.value }) })),
    h(Field, { id: "n", name: "Length" },
      input({ id: "n", type: "number", min: 1, max: 100, value: question.n, onInput: e => set({ n: length(e.currentTarget.value) }) })),
    h(Expression, { id: "filter", name: "Filter", kind: "filter", value: question.filter, columns, onChange: filter => set({ filter }), placeholder: "\"Tea\" in categories" }),
    h(Expression, { id: "boost", name: "Boost", kind: "boost", value: question.boost, columns, onChange: boost => set({ boost }), placeholder: "brand == \"Ostrelle\" ? 1.5 : 1.0" }),
    h(Field, { id: "diversity", name: "Diversity", wide: true }, div({ class: "range" },
      input({ id: "diversity", type: "range", min: 0, max: 1, step: 0.05, value: question.diversity, onInput: e => set({ diversity: Number(e.currentTarget.value) }) }),
      output({ for: "diversity" }, number(question.diversity))))));
}

/** One list; asked for once typing rests, and drawn with the items that its reasons name. */
function useAnswer(question, by) {
  const body = by === "none" || (!question.history.length && !question.user) ? null : JSON.stringify(request(question, by));
  const asked = useSettled(body, 200);
  const state = useLoad(async signal => {
    if (!asked) {
      return null;
    }
    const answer = await post("/v1/recommend", JSON.parse(asked), signal);
    const named = answer.items.flatMap(item => (item.explanation?.influence ?? []).map(event => event.item));
    const items = await lookUp(named, signal);
    return { answer, named: new Map(items.map(item => [item.item, item])) };
  }, [asked]);
  return state;
}

const nameOf = by => (by === "" ? "The active model" : (by[0].toUpperCase() + by.slice(1)).replace(":", " "));

/** The most popular items, for somebody who knows none. */
function Example({ set }) {
  const [problem, setProblem] = useState(null);
  const take = () => get("/v1/popular?n=3").then(
    answer => set({ history: answer.items.map(({ item }) => ({ item })) }), setProblem);
  return [
    h(Empty, { title: "Begin with an item" }, "Search above for something that a customer looked at, take the history of a user, or ",
      button({ class: "link", onClick: take }, "begin with what is popular"), "."),
    problem && h(Wrong, { problem }),
  ];
}

function Lists({ question, set }) {
  const left = useAnswer(question, question.left);
  const right = useAnswer(question, question.right);
  if (!question.history.length && !question.user) {
    return h(Example, { set });
  }
  const two = question.right !== "none";
  const ranks = state => new Map((state.data?.answer.items ?? []).map((item, i) => [item.item, i + 1]));
  const shown = (state, by, other) => h(Panel, { title: nameOf(by), className: state.loading ? "list busy" : "list" },
    h(Loaded, { state, empty: data => data === null && div({ class: "waiting" }), children: data => h(List, { ...data, other: two && other }) }));
  return div({ class: two ? "columns-2" : "", "aria-live": "polite", "aria-busy": String(Boolean(left.loading)) },
    shown(left, question.left, ranks(right)), two && shown(right, question.right, ranks(left)));
}

export function Try({ at }) {
  const [question, setQuestion] = useState(() => fromPlace(at.values));
  const set = change => setQuestion(before => ({ ...before, ...change }));
  useEffect(() => history.replaceState(null, "", toPlace(question)), [question]);
  const known = useLoad(async signal => {
    const [models, scenarios, columns] = await Promise.all([get("/v1/models", signal), get("/v1/scenarios", signal), get("/v1/columns", signal)]);
    return { models: models.models, scenarios: scenarios.scenarios, columns: columns.columns };
  }, []);
  const choices = { models: known.data?.models ?? [], scenarios: known.data?.scenarios ?? [] };
  const [order, setOrder] = useState("");
  return div(null,
    h(Head, { title: "Try it", lead: "Build a history and see what would be recommended after it, and why." },
      button({ disabled: !question.history.length && !question.user, onClick: () => setQuestion(fromPlace(new URLSearchParams())) }, "Start over")),
    known.problem && h(Wrong, { problem: known.problem, retry: known.reload }),
    h(Panel, { title: "History", actions: h(TakeUser, { set }) },
      h(ItemSearch, { id: "add", name: "Add an item", onPick: item => set({ history: [...question.history, { item: item.item }] }) }),
      question.user && p({ class: "note" }, `What the server knows of ${question.user} comes first. `,
        button({ class: "link", onClick: () => set({ user: "" }) }, "Leave it out")),
      h(History, { events: question.history, set: events => set({ history: events }), say: setOrder }),
      span({ class: "unseen", role: "status" }, order)),
    h(Rules, { question, set, columns: known.data?.columns, choices }),
    h(Lists, { question, set }),
    details({ class: "panel" }, summary(null, "As curl"),
      h(Copy, { text: curl(request(question, question.left)), name: "Copy as curl" })));
}
