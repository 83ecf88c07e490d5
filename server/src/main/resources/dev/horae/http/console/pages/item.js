// One item: what it is, what is like it, and what a shop may change of it.
import { h, tags, useAttempt, useEffect, useLoad, useState } from "../kit.js";
import { get, patch, path, put, query, remove, sendFile } from "../api.js";
import { number, plural, time } from "../words.js";
import { Badges, Check, Confirm, Empty, Facts, Field, Head, Loaded, Named, Panel, Picture, PictureFile, Wrong } from "../parts.js";
import { forget, lookUp } from "../known.js";

const { a, button, div, form, input, li, ol, p, small, span, textarea } = tags;

const views = [["mixed", "Mixed"], ["behaviour", "Behaviour"], ["text", "Text"], ["image", "Picture"]];

/** What the server cannot compare by, or does not know, is no fault of anybody: it is said, not cried. */
const quietly = problem => {
  if (problem.status === 400 || problem.status === 404) {
    return { items: [], reason: [problem.detail, problem.repair].filter(Boolean).join("; ") };
  }
  throw problem;
};

function Neighbours({ item: { item: id, inModel, encoded } }) {
  const [by, setBy] = useState("mixed");
  const state = useLoad(async signal => !inModel && !encoded ? { items: [], reason: "The model cannot compare it yet." } : get(path("items", id, "similar") + query({ n: 12, by, fields: "title,brand,categories,image" }), signal).catch(quietly), [id, by, encoded]);
  const nothing = data => data.items.length === 0 && h(Empty, { title: "Nothing is like it" }, data.reason ?? "This view knows no neighbour of the item.");
  return h(Panel, { title: "Neighbours", actions: div({ class: "choice", role: "group", "aria-label": "By" }, views.map(([view, name]) =>
    button({ key: view, "aria-pressed": String(view === by), onClick: () => setBy(view) }, name))) },
  h(Loaded, { state, empty: nothing, children: data => ol({ class: "cards small", "aria-live": "polite" }, data.items.map(found => {
    const item = { item: found.item, ...found.fields };
    return li({ class: "card", key: found.item }, h(Picture, { item, large: true }), h(Named, { item }),
      small({ class: "note" }, found.explanation?.because || `Alike: ${number(found.score)}`));
  })) }));
}

/**
 * `name: value` a line; a value is JSON where it can be read so, else it is text. A name or a text
 * that would not be read as it is stands in quotes.
 */
const asLines = properties => Object.entries(properties ?? {}).map(([name, value]) => {
  const plain = typeof value === "string" && isPlain(value) && !readsAsJson(value);
  return `${isPlain(name) && !/^"|:/.test(name) ? name : JSON.stringify(name)}: ${plain ? value : JSON.stringify(value)}`;
}).join("\n");

const isPlain = text => text.trim() === text && text !== "" && !/[\r\n]/.test(text);

function readsAsJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function fromLines(text) {
  return Object.fromEntries(text.split("\n").filter(line => line.trim()).map(line => {
    const [, said, value] = line.match(/^\s*("(?:[^"\\]|\\.)*"|[^":][^:]*?)\s*:\s*(.*?)\s*$/s) ?? [];
    const name = said?.startsWith("\"") ? readsAsJson(said) && JSON.parse(said) : said;
    if (!name) {
      throw Object.assign(new Error(`“${line}” has no name. Write name: value.`), { title: "A property cannot be read" });
    }
    return [name, readsAsJson(value) ? JSON.parse(value) : value];
  }));
}

const draftOf = item => ({
  title: item.title ?? "", brand: item.brand ?? "", categories: (item.categories ?? []).join(", "), image: item.image ?? "",
  available: item.available !== false, hidden: Boolean(item.hidden), expiresAt: (item.expiresAt ?? "").replace("Z", ""), properties: asLines(item.properties),
});

/** What the form says differently from the item. */
function changes(draft, item) {
  const before = draftOf(item);
  const values = {
    title: draft.title || null, brand: draft.brand || null, image: draft.image || null,
    categories: draft.categories.split(",").map(word => word.trim()).filter(Boolean),
    available: draft.available, hidden: draft.hidden,
    expiresAt: draft.expiresAt ? new Date(draft.expiresAt + "Z").toISOString().replace(".000", "") : null,
  };
  const changed = Object.fromEntries(Object.entries(values).filter(([name]) => draft[name] !== before[name]));
  if (draft.properties === before.properties) {
    return changed;
  }
  // What is not named stays, so what was taken out is named, with nothing.
  const gone = Object.fromEntries(Object.keys(item.properties ?? {}).map(name => [name, null]));
  return { ...changed, properties: { ...gone, ...fromLines(draft.properties) } };
}

function Controls({ draft, set }) {
  const text = (name, title, more) => h(Field, { id: name, name: title, ...more },
    input({ id: name, autocomplete: "off", value: draft[name], onInput: e => set({ [name]: e.currentTarget.value }) }));
  return [
    text("title", "Title", { wide: true, key: "title" }), text("brand", "Brand", { key: "brand" }),
    text("categories", "Categories, by commas", { key: "categories" }), text("image", "Address of the picture", { wide: true, key: "image" }),
    h(Field, { id: "expiresAt", name: "Expires at (UTC)", key: "expires" },
      input({ id: "expiresAt", type: "datetime-local", step: 1, value: draft.expiresAt, onInput: e => set({ expiresAt: e.currentTarget.value }) })),
    div({ class: "field checks", key: "checks" },
      h(Check, { id: "available", name: "In stock", checked: draft.available, onChange: available => set({ available }) }),
      h(Check, { id: "hidden", name: "Hidden", checked: draft.hidden, onChange: hidden => set({ hidden }) })),
    h(Field, { id: "properties", name: "Properties", wide: true, hint: "One a line, name: value. A number, true, false or [\"a\", \"b\"] is taken as such.", key: "properties" },
      textarea({ id: "properties", class: "mono", rows: 4, spellcheck: false, value: draft.properties, onInput: e => set({ properties: e.currentTarget.value }) })),
  ];
}

function Edit({ item, onSaved }) {
  const [draft, setDraft] = useState(draftOf(item));
  const [problem, setProblem] = useState(null);
  const [said, say] = useState("");
  useEffect(() => setDraft(draftOf(item)), [item.version]);
  const save = async event => {
    event.preventDefault();
    setProblem(null);
    try {
      onSaved(await patch(path("items", item.item), changes(draft, item), item.version));
      say("Saved");
    } catch (wrong) {
      setProblem(wrong);
    }
  };
  return h(Panel, { title: "Edit" }, form({ class: "form", onSubmit: save },
    h(Controls, { draft, set: change => { say(""); setDraft({ ...draft, ...change }); } }),
    problem && h(Wrong, { problem }),
    div({ class: "actions wide" }, button({ class: "primary" }, "Save"), span({ role: "status" }, said))));
}

/** The picture that was sent, instead of that of the catalogue. */
function Sent({ item, onSaved }) {
  const [said, say] = useState("");
  const [problem, attempt] = useAttempt(() => say(""));
  const send = attempt(async file => {
    onSaved(await sendFile(path("items", item.item, "image"), file));
    say("Sent");
  });
  const takeAway = attempt(async () => {
    await remove(path("items", item.item, "image"));
    onSaved(await get(path("items", item.item)));
    say("Taken away");
  });
  const isSent = /^\/v1\/.*\?v=/.test(item.image ?? "");
  return h(Panel, { title: "Picture", actions: isSent && button({ class: "danger", onClick: takeAway }, "Take it away") },
    h(PictureFile, { key: item.version, id: "picture", name: "Send a picture", onFile: send,
      hint: item.inModel ? "It is shown; the model has compared the one that it was trained with." : "A model that reads pictures scores the item by it." }),
    problem && h(Wrong, { problem }), span({ class: "said", role: "status" }, said));
}

function Shown({ item, onSaved, reload }) {
  const [asking, setAsking] = useState(false);
  const [problem, attempt] = useAttempt(() => setAsking(false));
  const hide = attempt(async () => onSaved(await patch(path("items", item.item), { hidden: !item.hidden }, item.version)));
  const erase = attempt(async () => { await remove(path("items", item.item), item.version); forget(); location.hash = "#/items"; });
  return div(null,
    h(Head, { title: item.title || item.item, lead: [item.brand, ...(item.categories ?? [])].filter(Boolean).join(" · ") },
      a({ class: "button", href: "#/try" + query({ h: item.item }) }, "Try after it"),
      button({ onClick: hide }, item.hidden ? "Show" : "Hide"),
      !item.inModel && button({ class: "danger", onClick: () => setAsking(true) }, "Delete")),
    problem && h(Wrong, { problem, retry: problem.status === 412 || problem.status === 409 ? reload : undefined }),
    div({ class: "item" }, h(Picture, { item, large: true }),
      div(null, p({ role: "status" }, h(Badges, { item })),
        h(Facts, { of: [["Id", item.item], ["Events", plural(item.events ?? 0, "event")],
          ["Known to the model", item.inModel ? "yes" : "no", item.encoded ? "encoded by content" : ""],
          item.expiresAt && ["Expires", time(item.expiresAt)],
          ...Object.entries(item.properties ?? {}).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : String(value)])] }))),
    h(Neighbours, { item }), h(Sent, { item, onSaved }), h(Edit, { item, onSaved }),
    asking && h(Confirm, { title: `Delete ${item.item}?`, verb: "Delete", onNo: () => setAsking(false), onYes: erase },
      p(null, "What was sent for this item is taken away. Its events stay.")));
}

export function Item({ id }) {
  const state = useLoad(signal => get(path("items", id), signal), [id]);
  const [saved, setSaved] = useState(null);
  useEffect(() => setSaved(null), [state.data]);
  const onSaved = item => { forget(); setSaved(item); };
  return div(null, p({ class: "back" }, a({ href: "#/items" }, "← Items")),
    state.problem && h(Head, { title: id }),
    h(Loaded, { state, children: item => h(Shown, { item: saved ?? item, onSaved, reload: state.reload }) }));
}

export function NewItem() {
  const [id, setId] = useState("");
  const [draft, setDraft] = useState(draftOf({}));
  const [problem, setProblem] = useState(null);
  const save = async event => {
    event.preventDefault();
    try {
      const [there] = await lookUp([id.trim()]);
      if (!there.missing) {
        throw Object.assign(new Error(`“${there.item}” is ${there.title || "an item"}. Choose another id, or edit that item.`), { title: "The id is taken" });
      }
      await put(path("items", id.trim()), changes(draft, {}), 0);
      forget();
      location.hash = "#/items/" + encodeURIComponent(id.trim());
    } catch (wrong) {
      setProblem(wrong);
    }
  };
  return div(null, p({ class: "back" }, a({ href: "#/items" }, "← Items")),
    h(Head, { title: "New item", lead: "It is encoded in the background and can then be recommended by its content." }),
    h(Panel, {}, form({ class: "form", onSubmit: save },
      h(Field, { id: "id", name: "Id" }, input({ id: "id", required: true, autocomplete: "off", value: id, onInput: e => setId(e.currentTarget.value) })),
      h(Controls, { draft, set: change => setDraft({ ...draft, ...change }) }),
      problem && h(Wrong, { problem }),
      div({ class: "actions wide" }, button({ class: "primary" }, "Save")))));
}
