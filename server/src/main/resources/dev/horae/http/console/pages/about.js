// Which version this is, and whose work it is built on.
import { h, tags, useLoad } from "../kit.js";
import { get } from "../api.js";
import { Head, Loaded, Panel } from "../parts.js";

const { a, div, li, p, table, tbody, td, th, thead, tr, ul } = tags;

const Libraries = ({ of }) => div({ class: "scroll", tabindex: 0, role: "region", "aria-label": "Libraries" }, table({ class: "texts stack" },
  thead(null, tr(null, ["Library", "Version", "Licence", "What it does here"].map(name => th({ key: name, scope: "col" }, name)))),
  tbody(null, of.map(library => tr({ key: library.name },
    th({ scope: "row" }, library.name), td({ "data-name": "Version" }, library.version),
    td({ "data-name": "Licence" }, a({ href: `lib/${library.name}/LICENSE` }, library.licence)), td({ "data-name": "What it does" }, library.for))))));

export function About() {
  const state = useLoad(async signal => {
    const [statistics, libraries] = await Promise.all([get("/v1/statistics", signal), get("libraries.json", signal)]);
    return { version: statistics.version, libraries };
  }, []);
  return div(null,
    h(Head, { title: "About" }),
    h(Loaded, { state, children: ({ version, libraries }) => div(null,
      h(Panel, { title: `Horae ${version}` },
        p(null, "Multi-modal, time-aware next-item recommendation. Licence: Apache 2.0."),
        ul({ class: "plain" },
          li(null, a({ href: "/openapi.yaml" }, "The interface"), ", as an OpenAPI description"),
          li(null, "Everything here works without the Internet; nothing is asked of other servers but the pictures whose addresses your items name."))),
      h(Panel, { title: "Libraries of this console" }, h(Libraries, { of: libraries }))) }));
}
