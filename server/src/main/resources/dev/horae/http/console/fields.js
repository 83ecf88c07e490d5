// Controls that ask the server while one types.
import { h, tags, useEffect, useRef, useState, useSettled } from "./kit.js";
import { get, post, query } from "./api.js";
import { count } from "./words.js";
import { Named, Picture } from "./parts.js";

const { b, button, code, details, div, input, label, li, mark, p, small, span, summary, ul } = tags;

/** A search of items with their pictures; Enter or a click takes one. */
export function ItemSearch({ id, name, onPick }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState(null);
  const [at, setAt] = useState(0);
  const asked = useSettled(text.trim(), 180);
  useEffect(() => {
    if (!asked) {
      setFound(null);
      return undefined;
    }
    const abort = new AbortController();
    get("/v1/items" + query({ q: asked, n: 8 }), abort.signal).then(
      answer => { setFound({ items: answer.items }); setAt(0); },
      problem => abort.signal.aborted || setFound({ items: [], problem }));
    return () => abort.abort();
  }, [asked]);
  const items = found?.items ?? [];
  const pick = item => { onPick(item); setText(""); setFound(null); };
  const keys = {
    ArrowDown: () => setAt((at + 1) % items.length),
    ArrowUp: () => setAt((at + items.length - 1) % items.length),
    Enter: () => pick(items[at]),
    Escape: () => setFound(null),
  };
  const onKeyDown = event => {
    if (items.length && keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  };
  return div({ class: "search" },
    label({ for: id }, name),
    input({ id, type: "search", role: "combobox", autocomplete: "off", placeholder: "Title or id",
      "aria-expanded": String(items.length > 0), "aria-controls": id + "-found", "aria-autocomplete": "list",
      "aria-activedescendant": items.length ? `${id}-${at}` : undefined,
      value: text, onInput: e => setText(e.currentTarget.value), onKeyDown }),
    ul({ id: id + "-found", role: "listbox", "aria-label": "Items found", hidden: !items.length },
      items.map((item, i) => li({ key: item.item, id: `${id}-${i}`, role: "option", "aria-selected": String(i === at),
        onMouseDown: e => { e.preventDefault(); pick(item); } }, h(Picture, { item }), h(Named, { item, link: false })))),
    span({ class: "said", role: "status" },
      found?.problem ? found.problem.message : found && !items.length ? `Nothing is called “${asked}”` : ""));
}

/** The word, or the letter, at a place of an expression. */
function wordAt(text, position) {
  const at = Math.min(Math.max(position, 0), text.length);
  return [at, at + (text.slice(at).match(/^([\p{L}\p{N}_]+|.)/u)?.[0].length ?? 0)];
}

/** The expression with the place of its fault marked, and what was probably meant to be put there. */
function Fault({ text, problem, onMend }) {
  const [at, end] = wordAt(text, problem.position ?? text.length);
  return div({ class: "fault" },
    problem.position !== undefined && code(null, text.slice(0, at), mark(null, text.slice(at, end) || "⌃"), text.slice(end)),
    p(null, (problem.detail ?? problem.title ?? problem.message).split("\n")[0], " ",
      problem.suggestion && problem.position !== undefined && button({ type: "button", class: "link", onClick: () => onMend(text.slice(0, at) + problem.suggestion + text.slice(end)) }, `Use ${problem.suggestion}`)));
}

/** A filter or a boost, checked while one types: how many items are left, or where it is wrong. */
export function Expression({ id, name, kind, value, onChange, placeholder, columns, onChecked }) {
  const [checked, setChecked] = useState(null);
  const asked = useSettled(value.trim());
  useEffect(() => {
    if (!asked) {
      setChecked(null);
      onChecked?.(true);
      return undefined;
    }
    const abort = new AbortController();
    post("/v1/filters/validate", { [kind]: asked }, abort.signal).then(
      answer => { setChecked({ ...answer, text: asked }); onChecked?.(true); },
      problem => { if (!abort.signal.aborted) { setChecked({ problem, text: asked }); onChecked?.(false); } });
    return () => abort.abort();
  }, [asked]);
  const box = useRef(null);
  const insert = column => {
    const end = box.current.selectionEnd ?? value.length;
    onChange(value.slice(0, end) + column + value.slice(end));
    box.current.focus();
  };
  const wrong = Boolean(checked?.problem) && Boolean(asked);
  return div({ class: "field wide" },
    label({ for: id }, name),
    input({ id, ref: box, class: "mono", spellcheck: false, autocomplete: "off", value, placeholder, "aria-describedby": id + "-said",
      "aria-invalid": String(wrong), onInput: e => onChange(e.currentTarget.value) }),
    div({ id: id + "-said", class: "said", role: "status" },
      wrong ? h(Fault, { ...checked, onMend: onChange }) : checked && asked ? said(kind, checked) : ""),
    columns?.length ? details({ class: "columns" }, summary(null, "Columns"),
      ul(null, columns.map(column => li({ key: column.name },
        button({ type: "button", class: "link mono", onClick: () => insert(column.name) }, column.name),
        small(null, `${column.type}, ${count(column.items)} items`, column.examples?.length ? `: ${[...new Set(column.examples.flat())].slice(0, 4).join(", ")}` : ""))))) : null);
}

const said = (kind, { matching, of }) => kind === "filter"
  ? [b(null, count(matching)), ` of ${count(of)} items are left`] : "The boost can be used";
