// The frame of all pages: where we are, who we are, and which page that is.
import { h, render, tags, useEffect, useState } from "./kit.js";
import { get, key } from "./api.js";
import { Field, Head, reading, Wrong } from "./parts.js";
import { Home } from "./pages/home.js";
import { Try } from "./pages/try.js";
import { Items } from "./pages/items.js";
import { Users } from "./pages/users.js";
import { Events } from "./pages/events.js";
import { Scenarios } from "./pages/scenarios.js";
import { Experiments } from "./pages/experiments.js";
import { Models } from "./pages/models.js";
import { Keys } from "./pages/keys.js";
import { About } from "./pages/about.js";

const { a, button, div, form, h1, header, img, input, li, main, nav, p, span, ul } = tags;

const pages = [
  ["home", "Home", Home],
  ["try", "Try it", Try],
  ["items", "Items", Items],
  ["users", "Users", Users],
  ["events", "Events", Events],
  ["scenarios", "Scenarios", Scenarios],
  ["experiments", "Experiments", Experiments],
  ["models", "Models", Models],
  ["keys", "Keys", Keys],
  ["about", "About", About],
];

/** Pages that begin a group. */
const groups = ["items", "scenarios", "about"];

/** `#/items/p1?q=tent` as a page's name, the rest of its path, and its values. */
function place() {
  const [whole, values] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [name, ...rest] = whole.split("/");
  return { name: name || "home", rest: rest.map(decoded).join("/"), values: new URLSearchParams(values ?? "") };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function usePlace() {
  const [at, setAt] = useState({ ...place(), turn: 0 });
  useEffect(() => {
    const moved = () => { reading.begins = true; setAt(before => ({ ...place(), turn: before.turn + 1 })); scrollTo(0, 0); };
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return at;
}

function Login({ onDone }) {
  const [problem, setProblem] = useState(null);
  const [value, setValue] = useState("");
  useEffect(() => { document.title = "Sign in · Horae"; }, []);
  const enter = async event => {
    event.preventDefault();
    key.set(value.trim());
    try {
      onDone(await get("/v1/me"));
    } catch (wrong) {
      key.set(null);
      setProblem(wrong);
    }
  };
  return main({ class: "login", id: "content" },
    img({ src: "mark.svg", alt: "", width: 48, height: 48 }), h1(null, "Horae"),
    p({ class: "lead" }, "This server asks for a key. It is kept until the tab is closed, and only here."),
    form({ onSubmit: enter },
      h(Field, { id: "key", name: "Key" }, input({ id: "key", type: "password", autocomplete: "off", required: true, value, onInput: e => setValue(e.currentTarget.value) })),
      button({ class: "primary" }, "Sign in")),
    problem && h(Wrong, { problem }));
}

function Frame({ me, onOut }) {
  const at = usePlace();
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [at]);
  const page = pages.find(known => known[0] === at.name);
  const toContent = event => { event.preventDefault(); document.querySelector("h1").focus(); };
  return div({ class: "frame" },
    a({ class: "skip", href: "#content", onClick: toContent }, "Skip to the content"),
    header({ class: "side" },
      a({ class: "brand", href: "#/home" }, img({ src: "mark.svg", alt: "", width: 28, height: 28 }), span(null, "Horae")),
      button({ class: "menu", "aria-expanded": String(open), "aria-controls": "nav", onClick: () => setOpen(!open) }, "Menu"),
      nav({ id: "nav", "aria-label": "Pages", class: open ? "open" : "" },
        ul(null, pages.map(([name, title]) => li({ key: name, class: groups.includes(name) ? "apart" : undefined },
          a({ href: "#/" + name, "aria-current": name === at.name ? "page" : undefined }, title)))),
        p({ class: "me" }, me.name === "nobody" ? "No key needed yet" : `${me.name} (${me.role})`,
          key.get() && button({ class: "link", onClick: onOut }, "Sign out")))),
    main({ id: "content" }, page ? h(page[2], { key: at.turn, at, me }) : h(Lost, { name: at.name })));
}

const Lost = ({ name }) => div(null, h(Head, { title: "No such page" }),
  p(null, `There is no page “${name}”. `, a({ href: "#/home" }, "Go home"), "."));

function App() {
  const [me, setMe] = useState(undefined);
  const [problem, setProblem] = useState(null);
  const ask = () => get("/v1/me").then(
    known => { setProblem(null); setMe(known); },
    wrong => (wrong.status === 401 ? setMe(null) : setProblem(wrong)));
  useEffect(() => {
    const out = () => setMe(null);
    addEventListener("horae:login", out);
    ask();
    return () => removeEventListener("horae:login", out);
  }, []);
  if (problem) {
    return main({ class: "login", id: "content" }, h1(null, "Horae"), h(Wrong, { problem, retry: ask }));
  }
  if (me === undefined) {
    return main({ class: "login", id: "content" }, div({ class: "waiting", role: "status" }, span({ class: "unseen" }, "Loading")));
  }
  return me ? h(Frame, { me, onOut: () => { key.set(null); setMe(null); } }) : h(Login, { onDone: setMe });
}

render(h(App), document.getElementById("app"));
