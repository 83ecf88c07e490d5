// Whom the shop knows: what each did, as a page, as a file, and gone.
import { h, tags, useAttempt, useEffect, useLoad, useSettled, useState } from "../kit.js";
import { blob, get, path, query, remove } from "../api.js";
import { count, plural, time } from "../words.js";
import { Confirm, Empty, Facts, Field, Head, Loaded, Named, Panel, Picture, Wrong } from "../parts.js";
import { lookUp } from "../known.js";

const { a, button, div, input, li, ol, p, span, table, tbody, td, th, thead, tr } = tags;

function Found({ users }) {
  return div({ class: "panel scroll", tabindex: 0, role: "region", "aria-label": "Users" }, table({ class: "stack" },
    thead(null, tr(null, ["User", "Events", "Last (UTC)"].map(name => th({ key: name, scope: "col" }, name)))),
    tbody(null, users.map(user => tr({ key: user.user },
      th({ scope: "row" }, a({ href: "#/users/" + encodeURIComponent(user.user) }, user.user)),
      td({ "data-name": "Events" }, count(user.events)), td({ "data-name": "Last (UTC)" }, time(user.last)))))));
}

function Search({ at }) {
  const [prefix, setPrefix] = useState(at.values.get("prefix") ?? "");
  const asked = useSettled(prefix.trim());
  useEffect(() => history.replaceState(null, "", "#/users" + query({ prefix: asked })), [asked]);
  const state = useLoad(signal => get("/v1/users" + query({ prefix: asked, n: 100 }), signal), [asked]);
  const nothing = data => data.users.length === 0 && (asked
    ? h(Empty, { title: `No user begins with “${asked}”` }, "Upper and lower case count.")
    : h(Empty, { title: "No user yet" }, "Users are there with their first event at /v1/events."));
  return div(null,
    h(Head, { title: "Users", lead: "Whom events are known of." }),
    div({ class: "panel form" }, h(Field, { id: "prefix", name: "Search", wide: true },
      input({ id: "prefix", type: "search", placeholder: "How the id begins", autocomplete: "off", value: prefix, onInput: e => setPrefix(e.currentTarget.value) }))),
    h(Loaded, { state, empty: nothing, children: data => div(null,
      p({ class: "note", role: "status" }, data.users.length === 100 ? "The first 100" : plural(data.users.length, "user")),
      h(Found, data)) }));
}

function Past({ events }) {
  const items = useLoad(signal => lookUp(events.map(event => event.item), signal), [JSON.stringify(events)]);
  const of = new Map((items.data ?? []).map(item => [item.item, item]));
  return ol({ class: "rows" }, events.map((event, i) => {
    const item = of.get(event.item) ?? event;
    return li({ key: i }, h(Picture, { item }), h(Named, { item }), span({ class: "badge" }, event.type), span({ class: "note at" }, time(event.time)));
  }));
}

const newestFirst = events => events.map((event, i) => [event, i])
  .sort(([one, i], [other, j]) => Date.parse(other.time) - Date.parse(one.time) || j - i).map(([event]) => event);

async function save(user) {
  const lines = URL.createObjectURL(await blob(path("users", user, "events")));
  const link = Object.assign(document.createElement("a"), { href: lines, download: `${user}.ndjson` });
  link.click();
  URL.revokeObjectURL(lines);
}

function User({ id, admin }) {
  const state = useLoad(signal => get(path("users", id), signal), [id]);
  const [asking, setAsking] = useState(false);
  const [problem, attempt] = useAttempt(() => setAsking(false));
  const [erased, setErased] = useState(null);
  const erase = attempt(async () => { const answer = await remove(path("users", id)); setAsking(false); setErased(answer); });
  const back = p({ class: "back" }, a({ href: "#/users" }, "← Users"));
  if (erased) {
    return div(null, back, h(Head, { title: id }), p({ class: "panel", role: "status" }, `${plural(erased.erased, "event")} erased. Nothing is known of ${id} any more.`));
  }
  return div(null, back,
    h(Head, { title: id },
      a({ class: "button", href: "#/try" + query({ user: id }) }, "Try it"),
      button({ onClick: attempt(() => save(id)) }, "Export"),
      admin && button({ class: "danger", onClick: () => setAsking(true) }, "Erase")),
    problem && h(Wrong, { problem }),
    h(Loaded, { state, children: user => div(null,
      h(Facts, { of: [["Events", count(user.events)], ["First (UTC)", time(user.first)], ["Last (UTC)", time(user.last)]] }),
      h(Panel, { title: "History, newest first" }, user.history.length
        ? h(Past, { events: newestFirst(user.history) })
        : h(Empty, { title: "No history" }, "What was shown to a user is no history."))) }),
    asking && h(Confirm, { title: `Erase all of ${id}?`, verb: "Erase", onNo: () => setAsking(false), onYes: erase },
      p(null, "All events of this user are deleted. That cannot be undone.")));
}

export function Users({ at, me }) {
  return at.rest ? h(User, { key: at.rest, id: at.rest, admin: me.role === "admin" }) : h(Search, { at });
}
