// Who may ask the server what.
import { h, tags, useLoad, useState } from "../kit.js";
import { get, key, path, post, remove } from "../api.js";
import { time } from "../words.js";
import { Confirm, Copy, Empty, Field, Head, Loaded, Panel, Wrong } from "../parts.js";

const { button, div, form, input, option, p, select, span, table, tbody, td, th, thead, tr } = tags;

const roles = { read: "May ask for recommendations and look at everything.", write: "May send events and items too.", admin: "May do everything." };

function Create({ onMade }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState("read");
  const [problem, setProblem] = useState(null);
  const make = async event => {
    event.preventDefault();
    setProblem(null);
    try {
      onMade(await post("/v1/keys", { name: name.trim(), role }));
      setName("");
    } catch (wrong) {
      setProblem(wrong);
    }
  };
  return h(Panel, { title: "New key" }, form({ class: "form", onSubmit: make },
    h(Field, { id: "name", name: "Name", hint: "Who uses it, such as shop-front." },
      input({ id: "name", required: true, autocomplete: "off", value: name, "aria-describedby": "name-hint", onInput: e => setName(e.currentTarget.value) })),
    h(Field, { id: "role", name: "Role", hint: roles[role] }, select({ id: "role", "aria-describedby": "role-hint", value: role, onChange: e => setRole(e.currentTarget.value) },
      Object.keys(roles).map(value => option({ key: value, value }, value)))),
    problem && h(Wrong, { problem }),
    div({ class: "actions wide" }, button({ class: "primary" }, "Make the key"))));
}

const Table = ({ keys, onDelete }) => div({ class: "panel scroll", tabindex: 0, role: "region", "aria-label": "Keys" }, table({ class: "texts stack" },
  thead(null, tr(null, ["Name", "Role", "Made (UTC)", "Last used (UTC)"].map(name => th({ key: name, scope: "col" }, name)), th({ scope: "col" }, span({ class: "unseen" }, "Delete")))),
  tbody(null, keys.map(one => tr({ key: one.name },
    th({ scope: "row" }, one.name), td({ "data-name": "Role" }, one.role), td({ "data-name": "Made (UTC)" }, time(one.created)),
    td({ "data-name": "Last used (UTC)" }, one.lastUsed ? time(one.lastUsed) : "never"),
    td({ class: "end" }, button({ class: "danger small", "aria-label": `Delete ${one.name}`, onClick: () => onDelete(one) }, "Delete")))))));

export function Keys({ me }) {
  const state = useLoad(signal => get("/v1/keys", signal), []);
  const [made, setMade] = useState(null);
  const [asking, setAsking] = useState(null);
  const [problem, setProblem] = useState(null);
  // The first key locks the door behind which we stand: from now on we show it ourselves.
  const created = answer => {
    const first = !key.get();
    if (first) {
      key.set(answer.key);
    }
    setMade({ ...answer, first });
    state.reload();
  };
  const erase = async () => {
    const { name } = asking;
    setAsking(null);
    setProblem(null);
    try {
      await remove(path("keys", name));
      setMade(null);
      state.reload();
    } catch (wrong) {
      setProblem(wrong);
    }
  };
  return div(null,
    h(Head, { title: "Keys", lead: "The server keeps no key, only what it needs to know one again." }),
    made && h(Panel, { title: `The key of ${made.name}`, className: "made" },
      p(null, "It is shown this once. Keep it where secrets are kept.", made.first && " From now on every request needs a key; this tab uses this one."), h(Copy, { text: made.key, name: "Copy the key" })),
    problem && h(Wrong, { problem }),
    h(Loaded, { state, children: data => (data.keys.length ? h(Table, { keys: data.keys, onDelete: setAsking })
      : div({ class: "panel" }, h(Empty, { title: "No key yet" }, "Until there is one, only this machine can ask the server, and may do everything."))) }),
    me.role === "admin" && h(Create, { onMade: created }),
    asking && h(Confirm, { title: `Delete the key of ${asking.name}?`, verb: "Delete", onNo: () => setAsking(null), onYes: erase },
      p(null, "Whoever uses it is refused from now on.")));
}
