// The catalogue: a search, a filter that is checked while one types, and one item with its neighbours.
import { h, tags, useEffect, useLoad, useSettled, useState } from "../kit.js";
import { get, post, query } from "../api.js";
import { count, number, plural } from "../words.js";
import { asData, Badges, Empty, Field, Head, Loaded, Named, Picture, PictureFile, Wrong } from "../parts.js";
import { Expression } from "../fields.js";
import { Item, NewItem } from "./item.js";

const { a, button, div, img, input, li, ol, p, small, ul } = tags;

const Card = ({ item }) => li({ class: "card" },
  h(Picture, { item, large: true }), h(Named, { item }),
  p({ class: "note" }, plural(item.events ?? 0, "event"), " ", h(Badges, { item })));

function Results({ q, filter }) {
  const [pages, setPages] = useState([]);
  const [next, setNext] = useState(undefined);
  const [more, setMore] = useState(null);
  const state = useLoad(signal => get("/v1/items" + query({ q, filter, n: 48 }), signal), [q, filter]);
  useEffect(() => { setPages([]); setNext(state.data?.next); setMore(null); }, [state.data]);
  const load = async () => {
    try {
      const page = await get("/v1/items" + query({ q, filter, n: 48, after: next }));
      setPages([...pages, ...page.items]);
      setNext(page.next);
    } catch (problem) {
      setMore(problem);
    }
  };
  const nothing = data => data.items.length === 0 && (q || filter
    ? h(Empty, { title: "No item is left" }, "Search for less, or loosen the filter.")
    : h(Empty, { title: "The catalogue is empty" }, "Serve a trained run, or send items to /v1/items."));
  return h(Loaded, { state, empty: nothing, children: data => div(null,
    p({ class: "note", role: "status" }, plural(data.total, "item")),
    ul({ class: "cards" }, [...data.items, ...pages].map(item => h(Card, { key: item.item, item }))),
    more && h(Wrong, { problem: more, retry: load }),
    next !== undefined && next !== null && div({ class: "more" },
      button({ onClick: load }, `More (${count(data.items.length + pages.length)} of ${count(data.total)})`))) });
}

/** What looks like a picture from a file. */
function Alike({ file, onEnd }) {
  const state = useLoad(async signal => {
    const data = await asData(file);
    const answer = await post("/v1/similar", { image: data.split(",")[1] ?? "", by: "image", n: 24, fields: ["title", "brand", "categories", "image"] }, signal);
    return { data, items: answer.items };
  }, [file]);
  const nothing = data => data.items.length === 0 && h(Empty, { title: "Nothing looks like it" }, "No item with a picture can be shown.");
  return div(null,
    div({ class: "inline asked" }, state.data && img({ class: "picture", src: state.data.data, alt: "" }),
      p({ role: "status" }, `Items that look like ${file.name}`), button({ onClick: onEnd }, "Back to all items")),
    h(Loaded, { state, empty: nothing, children: data => ol({ class: "cards" }, data.items.map(found => {
      const item = { item: found.item, ...found.fields };
      return li({ class: "card", key: found.item }, h(Picture, { item, large: true }), h(Named, { item }),
        small({ class: "note" }, `Alike: ${number(found.score)}`));
    })) }));
}

function Search({ at }) {
  const [q, setQ] = useState(at.values.get("q") ?? "");
  const [filter, setFilter] = useState(at.values.get("filter") ?? "");
  const [valid, setValid] = useState(filter ? undefined : "");
  const [wrong, setWrong] = useState(false);
  const [file, setFile] = useState(null);
  const columns = useLoad(signal => get("/v1/columns", signal), []);
  const asked = useSettled(q.trim());
  useEffect(() => {
    if (valid !== undefined) {
      history.replaceState(null, "", "#/items" + query({ q: asked, filter: valid }));
    }
  }, [asked, valid]);
  return div(null,
    h(Head, { title: "Items", lead: "What can be recommended." }, a({ class: "button", href: "#/items?new" }, "New item")),
    div({ class: "panel form" },
      h(Field, { id: "q", name: "Search", wide: true },
        input({ id: "q", type: "search", placeholder: "Title or id", autocomplete: "off", value: q, onInput: e => setQ(e.currentTarget.value) })),
      h(Expression, { id: "filter", name: "Filter", kind: "filter", value: filter, onChange: setFilter,
        placeholder: "brand == \"Ostrelle\" && \"Tea\" in categories", columns: columns.data?.columns,
        onChecked: good => { setWrong(!good); if (good) { setValid(filter.trim()); } } }),
      h(PictureFile, { key: file ? "asked" : "free", id: "alike", name: "Search by a picture", hint: "From a file, or dropped here.", onFile: setFile })),
    file ? h(Alike, { file, onEnd: () => setFile(null) })
      : wrong ? h(Empty, { title: "The filter cannot be used yet" }, "Mend it where it is marked.") : valid !== undefined && h(Results, { q: asked, filter: valid }));
}

export function Items({ at }) {
  if (at.rest) {
    return h(Item, { key: at.rest, id: at.rest });
  }
  return at.values.has("new") ? h(NewItem) : h(Search, { at });
}
