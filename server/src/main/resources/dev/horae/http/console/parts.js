// Parts that more than one page is made of.
import { h, tags, useEffect, useRef, useState } from "./kit.js";
import { blob, key } from "./api.js";
import { hue, letters } from "./words.js";

const { a, b, button, code, dd, dialog, div, dl, dt, form, h1, h2, header, img, input, label, p, pre, small, span } = tags;

/** Once somebody has gone from a page to another, the title of the next gets the focus and is read out. */
export const reading = { begins: false };

/** The head of a page. */
export function Head({ title, lead, children }) {
  const heading = useRef(null);
  useEffect(() => {
    document.title = `${title} · Horae`;
    if (reading.begins) {
      heading.current.focus({ preventScroll: true });
    }
  }, [title]);
  return header({ class: "head" },
    div(null, h1({ tabindex: -1, ref: heading }, title), lead && p({ class: "lead" }, lead)),
    children && div({ class: "actions" }, children));
}

/** What went wrong, where, and what to do. */
export function Wrong({ problem, retry }) {
  // Below the sentence an expression may follow, with a caret under the place.
  const [detail, ...place] = (problem.detail ?? problem.message ?? "").split("\n");
  return div({ class: "wrong", role: "alert" },
    b(null, problem.title ?? "Something went wrong"),
    p(null, detail, problem.field && !detail.includes(problem.field) && [" (", code(null, problem.field), ")"]),
    place.length > 0 && pre({ tabindex: 0, "aria-label": "The place" }, place.join("\n")),
    problem.repair && p(null, "Repair: ", problem.repair),
    retry && button({ onClick: retry }, "Try again"));
}

/** What a page shows while it waits, when it failed, when nothing is there, and else. */
export function Loaded({ state, empty, children }) {
  if (state.problem) {
    return h(Wrong, { problem: state.problem, retry: state.reload });
  }
  if (state.data === undefined) {
    return div({ class: "waiting", role: "status" }, span({ class: "unseen" }, "Loading"));
  }
  return (empty && empty(state.data)) || children(state.data);
}

export const Empty = ({ title, children }) => div({ class: "empty" }, b(null, title), p(null, children));

/** A labelled control. The control gets `id`; a hint is read out with it. */
export function Field({ id, name, hint, children, wide }) {
  return div({ class: "field" + (wide ? " wide" : "") },
    label({ for: id }, name), children, hint && small({ id: id + "-hint" }, hint));
}

export function Check({ id, name, checked, onChange }) {
  return label({ class: "check", for: id },
    input({ id, type: "checkbox", checked, onChange: e => onChange(e.currentTarget.checked) }), name);
}

/** Facts side by side: pairs of a name and a value, a third is small print. */
export const Facts = ({ of }) => dl({ class: "facts" }, of.filter(Boolean).map(([name, value, note]) =>
  div({ key: name }, dt(null, name), dd(null, value, note && small(null, note)))));

export const Panel = ({ title, children, actions, className = "" }) => tags.section({ class: "panel " + className },
  title && div({ class: "panel-head" }, h2(null, title), actions), children);

/** Asks before what cannot be undone; the dialog of the browser keeps the focus inside. */
export function Confirm({ title, children, verb, onYes, onNo }) {
  const box = useRef(null);
  useEffect(() => box.current.showModal(), []);
  return dialog({ ref: box, onClose: onNo, "aria-labelledby": "confirm" },
    form({ method: "dialog" },
      h2({ id: "confirm" }, title), div(null, children),
      div({ class: "actions" },
        button({ type: "submit", autofocus: true }, "Cancel"),
        button({ type: "button", class: "danger", onClick: onYes }, verb))));
}

/** Copies its text; where the browser has no clipboard, the text is selected for the user to copy. */
export function Copy({ text, name = "Copy" }) {
  const shown = useRef(null);
  const [said, say] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say("Copied");
    } catch {
      getSelection().selectAllChildren(shown.current);
      say("Selected: copy it with the keyboard");
    }
  };
  return div({ class: "copy" },
    pre({ tabindex: 0, "aria-label": "Text to copy" }, code({ ref: shown }, text)),
    div({ class: "actions" }, button({ type: "button", onClick: copy }, name), span({ role: "status" }, said)));
}

const pictures = new Map();

/** A file as the text of a data: address. */
export function asData(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

// An <img> cannot send a key, so with a key the picture is asked for here and drawn as data.
const pictureAsData = async (address, signal) => asData(await blob(address, signal));

const drawable = address => (/^(https?:\/\/|data:image\/|\/v1\/)/.test(address ?? "") ? address : undefined);

function usePicture(given) {
  const address = drawable(given);
  const ours = address?.startsWith("/v1/") && key.get();
  const [data, setData] = useState(pictures.get(address));
  useEffect(() => {
    if (!ours || pictures.has(address)) {
      setData(pictures.get(address));
      return undefined;
    }
    const abort = new AbortController();
    pictureAsData(address, abort.signal).then(found => {
      if (pictures.size >= 400) {
        pictures.delete(pictures.keys().next().value);
      }
      pictures.set(address, found);
      setData(found);
    }, () => abort.signal.aborted || setData(""));
    return () => abort.abort();
  }, [address]);
  return ours ? data : address;
}

/** The picture of an item, or a tile with the first letters of its title. */
export function Picture({ item, large }) {
  const source = usePicture(item.image);
  const [broken, setBroken] = useState(null);
  const name = item.title || item.item;
  const style = large ? "picture large" : "picture";
  return source && broken !== source
    ? img({ class: style, src: source, alt: "", loading: "lazy", referrerpolicy: "no-referrer", onError: () => setBroken(source) })
    : span({ class: style + " tile", style: { "--hue": hue(name) }, "aria-hidden": "true" }, letters(name));
}

/** Takes a picture from a file, or one that is dropped on it. */
export function PictureFile({ id, name, hint, onFile }) {
  const take = files => files.length && onFile(files[0]);
  const drop = event => {
    event.preventDefault();
    take(event.dataTransfer.files);
  };
  return div({ class: "field wide", onDragOver: event => event.preventDefault(), onDrop: drop },
    label({ for: id }, name),
    input({ id, type: "file", accept: "image/jpeg,image/png,image/gif,image/bmp,image/webp", "aria-describedby": hint && id + "-hint",
      onChange: e => take(e.currentTarget.files) }),
    hint && small({ id: id + "-hint" }, hint));
}

/** Title, brand and categories of an item. */
export function Named({ item, link = true }) {
  const more = [item.brand, ...(item.categories ?? [])].filter(Boolean).join(" · ");
  return span({ class: "named" },
    link ? a({ href: "#/items/" + encodeURIComponent(item.item) }, item.title || item.item) : b(null, item.title || item.item),
    small(null, more || item.item));
}

export const Badges = ({ item }) => [
  item.hidden && span({ class: "badge bad", key: "hidden" }, "hidden"),
  item.available === false && span({ class: "badge bad", key: "available" }, "out of stock"),
  item.inModel === false && span({ class: "badge", key: "new" }, item.encoded ? "new, by content" : "new, not encoded yet"),
];
