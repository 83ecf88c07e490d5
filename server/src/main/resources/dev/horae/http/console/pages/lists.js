// An answer of the server: items in order, with what speaks for each.
import { h, tags } from "../kit.js";
import { number, time } from "../words.js";
import { Named, Picture } from "../parts.js";
import { Shares } from "../shares.js";

const { b, div, li, ol, p, small, span, ul } = tags;

const sources = { model: "by the model", similar: "similar to the history", trending: "trending now", popular: "popular", latest: "new" };

/** `often taken after #3` with the title of event 3. */
function because(text, influence, named) {
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return sentence.replace(/#(\d+)/g, (whole, at) => {
    const event = influence?.[Number(at) - 1];
    return event ? `“${named.get(event.item)?.title ?? event.item}”` : whole;
  });
}

function Influence({ events, named }) {
  const strongest = events.filter(event => event.influence > 0).sort((one, other) => other.influence - one.influence).slice(0, 3);
  if (!strongest.length) {
    return null;
  }
  return ul({ class: "influence", "aria-label": "Events that speak for it" }, strongest.map(event => {
    const item = named.get(event.item) ?? event;
    return li({ key: event.item + event.time, title: item.title ?? item.item }, h(Picture, { item }),
      span({ class: "unseen" }, item.title ?? item.item), small(null, `+${number(event.influence)}`));
  }));
}

/** Where the other list has it. */
function Elsewhere({ rank, other }) {
  const there = other.get(rank.item);
  if (!other.size || there === rank.at) {
    return null;
  }
  return span({ class: "badge" }, there === undefined ? "only here" : there > rank.at ? `↑ ${there} in the other` : `↓ ${there} in the other`);
}

function Entry({ found, at, source, named, other }) {
  const item = { item: found.item, ...found.fields };
  const { explanation } = found;
  return li({ class: "entry" },
    span({ class: "rank" }, at), h(Picture, { item }),
    div({ class: "what" }, h(Named, { item }),
      div({ class: "badges" }, found.source !== source && span({ class: "badge" }, sources[found.source] ?? found.source),
        other && h(Elsewhere, { rank: { item: found.item, at }, other }))),
    div({ class: "why" },
      found.score !== undefined && b({ class: "score", title: "Score" }, number(found.score)),
      explanation && h(Shares, explanation),
      explanation?.because && p({ class: "because" }, because(explanation.because, explanation.influence, named)),
      explanation?.influence && h(Influence, { events: [...explanation.influence], named }),
      found.reason && p({ class: "because" }, found.reason)));
}

export function List({ answer, named, other }) {
  const unknown = answer.unknown?.items ?? [];
  return div(null,
    p({ class: "note" }, `${sources[answer.source] ?? answer.source ?? ""}${answer.model ? `, ${answer.model.name}` : ""}`,
      answer.variant && `, variant ${answer.variant}`, `, at ${time(answer.time)}, ${number(answer.tookMillis)} ms`),
    answer.reason && p({ class: "because" }, answer.reason),
    unknown.length > 0 && p({ class: "because" }, `Not known to the model: ${unknown.join(", ")}`),
    answer.items.length
      ? ol({ class: "entries" }, answer.items.map((found, i) => h(Entry, { key: found.item, found, at: i + 1, source: answer.source, named, other })))
      : p({ class: "empty" }, "No item is left. Loosen the filter."));
}
