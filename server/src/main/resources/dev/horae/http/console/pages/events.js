// What happens in the shop, as it comes.
import { h, tags, useEffect, useRef, useState } from "../kit.js";
import { get, key, query, sendText, stream } from "../api.js";
import { plural, quoted, time } from "../words.js";
import { Copy, Empty, Field, Head, Named, Panel, Picture, Wrong } from "../parts.js";
import { lookUp } from "../known.js";

const { a, b, button, code, details, div, form, li, ol, option, p, select, span, summary, textarea, ul } = tags;

const MOST = 300;

/** The newest events, and those that come; while paused they wait. */
function useEvents() {
  const [events, setEvents] = useState(null);
  const [waiting, setWaiting] = useState([]);
  const [state, setState] = useState("connecting");
  const [problem, setProblem] = useState(null);
  const [turn, setTurn] = useState(0);
  const [paused, setPaused] = useState(false);
  const held = useRef(false);
  const add = found => before => [...found, ...before].slice(0, MOST);
  useEffect(() => {
    const abort = new AbortController();
    let again;
    setProblem(null);
    const onMessage = (type, event) => {
      if (type === "open") {
        setState("live");
      } else {
        (held.current ? setWaiting : setEvents)(add([event]));
      }
    };
    get("/v1/events" + query({ n: 50 }), abort.signal)
      .then(answer => { setEvents(answer.events); return stream("/v1/events/stream", abort.signal, onMessage); })
      // The server ended the stream, or the way to it broke: what came meanwhile is read again.
      .then(() => { setState("connecting"); again = setTimeout(() => setTurn(n => n + 1), 2000); })
      .catch(wrong => {
        if (!abort.signal.aborted) {
          setState("broken");
          setProblem(wrong);
        }
      });
    return () => { abort.abort(); clearTimeout(again); };
  }, [turn]);
  const hold = stop => {
    held.current = stop;
    setPaused(stop);
    if (!stop) {
      setEvents(add(waiting));
      setWaiting([]);
    }
  };
  return { events, waiting: waiting.length, state, problem, paused, hold, retry: () => setTurn(n => n + 1) };
}

const known = new Map();

/** Items of the events shown, asked for as they come. */
function useItems(events) {
  const [, setCount] = useState(0);
  useEffect(() => {
    const asked = events.map(event => event.item).filter(item => item && !known.has(item));
    if (asked.length) {
      lookUp(asked).then(items => { items.forEach(item => known.set(item.item, item)); setCount(n => n + 1); }, () => {});
    }
  }, [events]);
  return known;
}

function Row({ event, item }) {
  const properties = Object.keys(event.properties ?? {}).length > 0 && JSON.stringify(event.properties);
  return li(null, h(Picture, { item }), h(Named, { item }),
    span({ class: "badge" }, event.type + (event.value === undefined || event.value === null ? "" : ` ${event.value}`)),
    a({ class: "who", href: "#/users/" + encodeURIComponent(event.user) }, event.user),
    span({ class: "note at" }, time(event.time)),
    properties && code({ class: "properties" }, properties));
}

function Live({ live }) {
  const [type, setType] = useState("");
  const events = live.events ?? [];
  const items = useItems(events);
  const types = [...new Set(events.map(event => event.type))].sort();
  const shown = events.filter(event => !type || event.type === type);
  return h(Panel, { title: "Newest first", actions: div({ class: "inline" },
    span({ class: "state " + (live.paused ? "" : live.state === "live" ? "good" : "bad"), role: "status" }, live.paused ? `paused, ${plural(live.waiting, "event")} waiting` : live.state),
    tags.label({ for: "type" }, "Type"),
    select({ id: "type", value: type, onChange: e => setType(e.currentTarget.value) }, option({ value: "" }, "all"), types.map(name => option({ key: name, value: name }, name))),
    button({ onClick: () => live.hold(!live.paused) }, live.paused ? "Go on" : "Pause")) },
  live.problem && h(Wrong, { problem: live.problem, retry: live.retry }),
  live.events === null ? !live.problem && div({ class: "waiting" })
    : shown.length ? ol({ class: "rows live" }, shown.map(event => h(Row, { key: event.sequence, event, item: items.get(event.item) ?? { item: event.item } })))
      : h(Empty, { title: "No event yet" }, "Send the first below, or from the shop to /v1/events."));
}

function Outcome({ answer }) {
  const rejected = answer.rejected ?? [];
  return div({ role: "status" },
    p(null, b(null, plural(answer.accepted, "event")), " accepted", answer.duplicates > 0 && `, ${plural(answer.duplicates, "duplicate")} left out`,
      rejected.length > 0 && `, ${rejected.length} rejected:`),
    rejected.length > 0 && ul({ class: "plain" }, rejected.map(one => li({ key: one.index + one.field },
      `Event ${one.index + 1}`, one.field && [", ", code(null, one.field)], ": ", typeof one.problem === "string" ? one.problem : one.problem?.detail ?? one.reason))));
}

const EXAMPLE = { type: "view", user: "somebody", item: "" };

function Send() {
  const [text, setText] = useState("");
  const [answer, setAnswer] = useState(null);
  const [problem, setProblem] = useState(null);
  const [example, setExample] = useState(EXAMPLE);
  useEffect(() => {
    get("/v1/items" + query({ n: 1 })).then(found => setExample({ ...EXAMPLE, item: found.items[0]?.item ?? "an-item" }), () => {});
  }, []);
  const send = async event => {
    event.preventDefault();
    setProblem(null);
    setAnswer(null);
    try {
      setAnswer(await sendText("/v1/events", text, "application/x-ndjson"));
    } catch (wrong) {
      setProblem(wrong);
    }
  };
  const command = `curl -s ${location.origin}/v1/events \\\n${key.get() ? '  -H "Authorization: Bearer $HORAE_KEY" \\\n' : ""}  -H 'Content-Type: application/json' \\\n  -d ${quoted(JSON.stringify(example))}`;
  return h(Panel, { title: "Send events" },
    p({ class: "note" }, "One JSON object a line. What is wrong is rejected with its reason; the rest is kept."),
    form({ class: "form", onSubmit: send },
      h(Field, { id: "lines", name: "Events", wide: true },
        textarea({ id: "lines", class: "mono", rows: 4, required: true, spellcheck: false, placeholder: JSON.stringify(example), value: text, onInput: e => setText(e.currentTarget.value) })),
      div({ class: "actions wide" }, button({ class: "primary" }, "Send"),
        button({ type: "button", onClick: () => setText(JSON.stringify(example)) }, "An example"))),
    problem && h(Wrong, { problem }), answer && h(Outcome, { answer }),
    details(null, summary(null, "As curl"), h(Copy, { text: command })));
}

export function Events() {
  const live = useEvents();
  return div(null,
    h(Head, { title: "Events", lead: "What customers do, as it comes." }),
    h(Live, { live }), h(Send));
}
