// The events of a history, oldest first: dragged, or moved by buttons.
import { h, tags, useEffect, useLoad, useRef, useState } from "../kit.js";
import { get, path } from "../api.js";
import { time } from "../words.js";
import { Loaded, Named, Picture } from "../parts.js";
import { lookUp } from "../known.js";

const { button, div, form, input, label, li, ol, option, select, small, span } = tags;

const gaps = { "": "No times", 3600: "An hour apart", 86400: "A day apart", 604800: "A week apart" };

/** Events so far apart that the last is one such gap before now. */
export function spaced(events, seconds, now = Date.now()) {
  const first = Math.floor(now / 1000) - events.length * seconds;
  return events.map(({ item }, i) => (seconds
    ? { item, time: new Date((first + i * seconds) * 1000).toISOString().replace(".000", "") } : { item }));
}

function moved(events, from, to) {
  const next = [...events];
  next.splice(to, 0, ...next.splice(from, 1));
  // Times stay where they are: what moves is the item.
  return next.map(({ item }, i) => (events[i].time ? { item, time: events[i].time } : { item }));
}

// Sortable moves nodes that Preact owns: they are put back, and Preact moves them.
function useDragging(list, onMove) {
  const latest = useRef(onMove);
  latest.current = onMove;
  useEffect(() => {
    const sortable = new window.Sortable(list.current, {
      animation: 120, delay: 120, delayOnTouchOnly: true, filter: "button", preventOnFilter: false, ghostClass: "ghost",
      onEnd: ({ item, oldIndex, newIndex }) => {
        item.remove();
        list.current.insertBefore(item, list.current.children[oldIndex] ?? null);
        if (oldIndex !== newIndex) {
          latest.current(oldIndex, newIndex);
        }
      },
    });
    return () => sortable.destroy();
  }, []);
}

export function History({ events, set, say }) {
  const list = useRef(null);
  const focus = useRef(null);
  const items = useLoad(signal => lookUp(events.map(event => event.item), signal), [JSON.stringify(events.map(event => event.item))]);
  const of = new Map((items.data ?? []).map(item => [item.item, item]));
  const move = (from, to, way) => {
    if (to < 0 || to >= events.length) {
      return;
    }
    focus.current = way && { at: to, way };
    say(`Now ${to + 1} of ${events.length}`);
    set(moved(events, from, to));
  };
  useDragging(list, (from, to) => move(from, to));
  useEffect(() => {
    if (focus.current) {
      list.current.children[focus.current.at]?.querySelector(`[data-way="${focus.current.way}"]`)?.focus();
      focus.current = null;
    }
  }, [events]);
  const way = (i, name, sign, by) => button({ class: "mini", "data-way": name, "aria-disabled": String(i + by < 0 || i + by >= events.length),
    "aria-label": `Move ${events[i].item} ${name}`, title: `Move ${name}`, onClick: () => move(i, i + by, name) }, sign);
  return div(null,
    ol({ class: "events-strip", ref: list, "aria-label": "History, oldest first" }, events.map((event, i) => {
      const item = of.get(event.item) ?? event;
      return li({ class: "card" }, h(Picture, { item, large: true }), h(Named, { item }),
        small({ class: "note" }, event.time ? time(event.time) : item.missing ? "not in the catalogue" : ""),
        div({ class: "ways" }, way(i, "earlier", "←", -1), way(i, "later", "→", 1),
          button({ class: "mini", "aria-label": `Remove ${event.item}`, title: "Remove", onClick: () => set(events.filter((_, j) => j !== i)) }, "×")));
    })),
    items.problem && h(Loaded, { state: items }),
    events.length > 0 && div({ class: "inline" }, label({ for: "gap" }, "Times"),
      select({ id: "gap", onChange: e => set(spaced(events, Number(e.currentTarget.value))) },
        Object.entries(gaps).map(([seconds, name]) => option({ key: seconds, value: seconds, selected: seconds === "" && !events.some(event => event.time) }, name)))));
}

/** Takes the history of a user of the shop, with its times. */
export function TakeUser({ set }) {
  const [user, setUser] = useState("");
  const [said, say] = useState("");
  const take = async event => {
    event.preventDefault();
    try {
      const found = await get(path("users", user.trim()));
      const events = [...found.history].sort((one, other) => Date.parse(one.time) - Date.parse(other.time));
      set({ user: "", history: events.slice(-20).map(({ item, time: at }) => ({ item, time: at })) });
      say("");
    } catch (problem) {
      say(problem.message);
    }
  };
  return form({ class: "inline", onSubmit: take }, label({ for: "user" }, "User"),
    input({ id: "user", autocomplete: "off", required: true, value: user, onInput: e => setUser(e.currentTarget.value) }),
    button(null, "Take the history"), span({ class: "said", role: "status" }, said));
}
