// A score split into what each view contributes.
import { tags } from "./kit.js";

const { div, i, small, span } = tags;

/** Names and colours of the views; others are called what the model calls them. */
const views = {
  id: ["By ids", "id"], network: ["Network", "id"], text: ["Text", "text"], image: ["Picture", "image"],
  "taken after": ["Taken after", "rose"], "taken together": ["Taken together", "plum"], words: ["Words", "olive"],
  popularity: ["Popularity", "cyan"], trend: ["Trend", "soft"], repeat: ["Taken before", "rose"], boost: ["Boost", "mark"],
};
const others = ["rose", "plum", "olive", "cyan", "soft"];

const hundredth = (share, whole) => `${share < 0 ? "−" : ""}${Math.round(100 * Math.abs(share) / whole)} %`;

/** One bar, and the larger parts in words. */
export function Shares({ shares }) {
  const all = Object.entries(shares ?? {}).map(([view, share], at) => {
    const [name, colour] = views[view] ?? [view, others[at % others.length]];
    return { name, colour, share };
  });
  const whole = all.reduce((sum, { share }) => sum + Math.abs(share), 0);
  if (!whole) {
    return null;
  }
  const drawn = all.filter(({ share }) => Math.abs(share) >= 0.005 * whole);
  const said = [...drawn].sort((one, other) => Math.abs(other.share) - Math.abs(one.share)).slice(0, 4);
  return div({ class: "shares" },
    div({ class: "bar", "aria-hidden": "true" }, drawn.map(({ name, colour, share }) => span({
      key: name, class: `fill-${colour}${share < 0 ? " negative" : ""}`, title: `${name} ${hundredth(share, whole)}`,
      style: { width: `${100 * Math.abs(share) / whole}%` },
    }))),
    small(null, said.map(({ name, colour, share }) => span({ key: name },
      i({ class: `key fill-${colour}`, "aria-hidden": "true" }), `${name} ${hundredth(share, whole)}`)),
    drawn.length > said.length && span(null, `and ${drawn.length - said.length} smaller`)));
}
