"use strict";
// Tables that sort, charts, and files of both. What the page says is there without all this.
(() => {
  const { tables, charts } = JSON.parse(document.getElementById("data").textContent);
  const element = (name, properties) => Object.assign(document.createElement(name), properties);
  const unique = values => [...new Set(values)];

  // ---- files

  function save(name, href) {
    element("a", { href, download: name }).click();
  }

  function saveText(name, type, text) {
    const href = URL.createObjectURL(new Blob([text], { type }));
    save(name, href);
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  }

  function buttons(figure, files) {
    const row = element("div", { className: "save" });
    for (const [text, title, onclick] of files) {
      row.append(element("button", { type: "button", textContent: text, title, onclick }));
    }
    figure.querySelector("figcaption").append(row);
  }

  const csv = table => ["CSV", "Save the figures, all digits", () => saveText(table.name + ".csv", "text/csv", table.csv)];

  // ---- tables

  function compare(a, b) {
    return typeof a === "number" && typeof b === "number" ? a - b
      : String(a).localeCompare(String(b), "en", { numeric: true });
  }

  // Up, down, and as it was; best first where a column says what that is. Empty cells stay below.
  function sortable(grid) {
    const { columns, rows } = tables[grid.dataset.table];
    const body = grid.tBodies[0];
    const lines = [...body.rows];
    const heads = [...grid.tHead.rows[0].cells];
    heads.forEach((head, c) => {
      const numbers = rows.some(row => typeof row[c] === "number");
      const first = numbers && columns[c].best !== "LOWEST" ? "descending" : "ascending";
      const second = first === "ascending" ? "descending" : "ascending";
      const button = element("button", { type: "button" });
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.onclick = () => {
        const now = head.getAttribute("aria-sort");
        const next = now === "none" ? first : now === first ? second : "none";
        heads.forEach(other => other.setAttribute("aria-sort", other === head ? next : "none"));
        const order = rows.map((_, r) => r);
        if (next !== "none") {
          const sign = next === "ascending" ? 1 : -1;
          order.sort((a, b) => (rows[a][c] === null) - (rows[b][c] === null)
            || sign * compare(rows[a][c], rows[b][c]) || a - b);
        }
        body.append(...order.map(r => lines[r]));
      };
    });
  }

  // ---- charts

  const LIGHT = { ink: "#23262b", soft: "#656c79", line: "#e3e1dc", sheet: "#ffffff", colours: [
    "#4c6fb1", "#c27a22", "#2f8a69", "#b3261e", "#7b5ea7", "#1f8aa3", "#8a6d3b", "#bd4a8d", "#656c79", "#7d9226"] };
  const DARK = { ink: "#e7e5e0", soft: "#9aa1ac", line: "#33373f", sheet: "#1f2228", colours: [
    "#7d9fe0", "#e5a65c", "#5fbf9b", "#ff8a80", "#b79be3", "#5fc4dc", "#cbb07c", "#f08fc4", "#a9b0bb", "#bcd05f"] };
  const SYMBOLS = ["circle", "rect", "triangle", "diamond"];
  const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
  const BARS = { barMaxWidth: 34, barGap: "10%", barCategoryGap: "25%" };

  const pen = document.createElement("canvas").getContext("2d");
  function width(text) {
    pen.font = `12px ${FONT}`;
    return pen.measureText(text).width;
  }

  function number(value) {
    if (typeof value !== "number") {
      return String(value ?? "–");
    }
    const size = Math.abs(value);
    return size > 0 && (size < 1e-4 || size >= 1e7) ? Number(value.toPrecision(4)).toExponential()
      : value.toLocaleString("en", { maximumSignificantDigits: Math.max(5, Math.ceil(Math.log10(size + 1))) });
  }

  const escaped = text => String(text).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);

  // What a chart draws, by series: [place or number to the right, number upwards, low, high].
  function drawn(chart) {
    const { columns, rows } = tables[chart.table];
    const column = name => columns.findIndex(c => c.name === name);
    const [x, y, series, low, high] = [chart.x, chart.y, chart.series, chart.low, chart.high].map(column);
    const fits = (value, log) => typeof value === "number" && (!log || value > 0);
    const named = chart.mark === "BAR" || rows.some(row => typeof row[x] === "string");
    const shown = rows.filter(row => fits(row[y], chart.log_y) && row[x] !== null && (named || fits(row[x], chart.log_x)));
    const text = value => typeof value === "number" ? number(value) : String(value);
    if (named && !rows.some(row => typeof row[x] === "string")) {
      shown.sort((a, b) => a[x] - b[x]);
    }
    const places = named ? unique(shown.map(row => text(row[x]))) : [];
    const nameOf = row => series < 0 ? chart.y : String(row[series] ?? "–");
    const bound = (row, c) => c >= 0 && fits(row[c], chart.log_y) ? row[c] : row[y];
    return {
      named, places,
      ordered: places.every(place => /^[<>≤≥]? ?[-+−.]?\d/.test(place)),
      whole: !named && shown.every(row => Number.isInteger(row[x])),
      alone: places.length === shown.length, // each place has one mark: they need not stand side by side
      coloured: series >= 0 && series !== x,
      intervals: low >= 0 && high >= 0,
      series: unique(shown.map(nameOf)).map(name => ({
        name,
        points: shown.filter(row => nameOf(row) === name).map(row =>
          [named ? places.indexOf(text(row[x])) : row[x], row[y], bound(row, low), bound(row, high)]),
      })),
    };
  }

  function marks(chart, data, flat, colours) {
    const many = data.alone ? 1 : data.series.length;
    const encode = flat ? { x: 1, y: 0 } : { x: 0, y: 1 };
    const reach = flat ? { x: [1, 2, 3], y: 0 } : { x: 0, y: [1, 2, 3] };
    const result = [];
    data.series.forEach(({ name, points }, s) => {
      const color = colours[s % colours.length];
      const common = { name, itemStyle: { color }, animation: false };
      if (chart.mark === "LINE") {
        result.push({ ...common, type: "line", encode, data: points, lineStyle: { width: 2,
          type: ["solid", "dashed", "dotted"][Math.floor(s / colours.length) % 3] },
          symbol: SYMBOLS[s % SYMBOLS.length], symbolSize: 6, showSymbol: points.length <= 40 });
      } else if (chart.mark === "BAR") {
        result.push({ ...common, type: "bar", encode, data: points, ...BARS, ...(data.alone && { barGap: "-100%" }) });
      }
      const dot = chart.mark === "DOT";
      if (!dot && !data.intervals) {
        return;
      }
      result.push({ ...common, type: "custom", encode: reach, data: points, silent: !dot, z: 4, renderItem: (_, api) => {
        const [place, value, low, high] = [0, 1, 2, 3].map(d => api.value(d));
        const at = v => api.coord(flat ? [v, place] : [place, v]);
        const [width, offset] = data.named && chart.mark !== "LINE" && many > 1
          ? (b => [b.width, b.offsetCenter])(api.barLayout({ count: many, ...BARS })[s]) : [34, 0];
        const moved = ([px, py]) => flat ? [px, py + offset] : [px + offset, py];
        const stroke = chart.mark === "BAR" ? api.visual("color") && colours.ink : color;
        const children = [];
        if (high > low) {
          const [a, b] = [moved(at(low)), moved(at(high))];
          const cap = Math.min(4, width / 3);
          const line = (x1, y1, x2, y2) => children.push({ type: "line", shape: { x1, y1, x2, y2 },
            style: { stroke, lineWidth: 1.5, opacity: .8 } });
          line(...a, ...b);
          for (const [ex, ey] of [a, b]) {
            line(...(flat ? [ex, ey - cap, ex, ey + cap] : [ex - cap, ey, ex + cap, ey]));
          }
        }
        if (dot) {
          const [cx, cy] = moved(at(value));
          children.push({ type: "circle", shape: { cx, cy, r: 4.5 }, style: { fill: color } });
        }
        return { type: "group", children };
      } });
    });
    return result;
  }

  function tip(chart, data, theme) {
    return params => {
      const all = (Array.isArray(params) ? params : [params]).filter(p => p.seriesType !== "custom" || chart.mark === "DOT");
      if (all.length === 0) {
        return "";
      }
      const place = all[0].value[0];
      const lines = all.map(p => {
        const [, value, low, high] = p.value;
        const range = data.intervals && high > low ? ` <small>${number(low)} to ${number(high)}</small>` : "";
        return `<div>${p.marker} ${escaped(p.seriesName)} <b>${number(value)}</b>${range}</div>`;
      });
      return `<div style="color:${theme.soft}">${escaped(chart.x)} ${escaped(data.named ? data.places[place] : number(place))}</div>`
        + lines.join("");
    };
  }

  // Everything ECharts needs to draw it so wide.
  function drawing(chart, theme, wide) {
    const data = drawn(chart);
    const longest = Math.max(0, ...data.places.map(width));
    const room = (wide - 90) / data.places.length;
    const touch = longest > wide - 90
      || data.places.slice(1).some((place, p) => (width(data.places[p]) + width(place)) / 2 + 14 > room);
    // Names must all be read; of many numbers or dates in order some are enough.
    const some = chart.mark === "LINE" || data.ordered && data.places.length > 12;
    const flat = data.named && !some && touch;
    const side = Math.min(longest, wide * .4);

    const legend = data.coloured && data.series.length > 1;
    let rows = legend ? 1 : 0;
    data.series.reduce((x, { name }) => {
      const next = x + width(name) + 44;
      return legend && next > wide - 24 && x > 0 ? (rows++, next - x) : next;
    }, 0);
    const top = 14 + 22 * rows + 22;
    const marksPerPlace = data.alone ? 1 : data.series.length;
    const height = flat
      ? top + 56 + data.places.length * Math.max(26, 16 * marksPerPlace + 8)
      : (wide < 500 ? 280 : 340) + 22 * rows;

    const axis = {
      nameTextStyle: { color: theme.soft, fontSize: 12 },
      axisLabel: { color: theme.soft, fontSize: 12, hideOverlap: true },
      axisLine: { onZero: false, lineStyle: { color: theme.soft } },
      axisTick: { lineStyle: { color: theme.soft } },
      splitLine: { lineStyle: { color: theme.line } },
    };
    const scale = (log, values, more) => ({
      ...axis, type: log ? "log" : "value", scale: true, ...more,
      ...(log && { logBase: values.every(Number.isInteger) && Math.max(...values) < 100 * Math.min(...values) ? 2 : 10 }),
      axisLabel: { ...axis.axisLabel, formatter: number },
    });
    const points = data.series.flatMap(s => s.points);
    const right = data.named
      ? { ...axis, type: "category", data: data.places, name: flat ? "" : chart.x, splitLine: { show: false },
          axisTick: { show: !flat, alignWithLabel: true, lineStyle: { color: theme.soft } }, inverse: flat,
          axisLabel: { ...axis.axisLabel, color: flat ? theme.ink : theme.soft, hideOverlap: some, interval: some ? "auto" : 0,
            ...(flat && { width: side + 6, overflow: "truncate" }) } }
      : scale(chart.log_x, points.map(p => p[0]), { name: chart.x, minInterval: data.whole ? 1 : 0,
          splitLine: { show: false }, ...(chart.mark === "LINE" && !chart.log_x && { min: "dataMin", max: "dataMax" }) });
    const heights = points.flatMap(p => p.slice(1)).filter(Number.isFinite);
    const [lowest, highest] = [Math.min(...heights), Math.max(...heights)];
    // Room below the lowest dot, but none that would draw figures below 0 where there are none.
    const belowZero = lowest >= 0 && lowest < .04 * (highest - lowest);
    const up = scale(chart.log_y, heights, { name: chart.y, ...(chart.mark === "BAR" && { scale: false }),
      ...(chart.mark === "DOT" && { boundaryGap: [belowZero ? 0 : "4%", "4%"] }) });
    const below = { nameLocation: "middle", nameGap: 28 };
    const above = { nameLocation: "end", nameGap: 12, nameTextStyle: { ...axis.nameTextStyle, align: "left" } };
    return {
      height,
      option: {
        animation: false,
        backgroundColor: theme.sheet,
        textStyle: { fontFamily: FONT, color: theme.ink },
        color: theme.colours,
        legend: { show: legend, top: 10, left: 12, right: 12, itemHeight: 9, itemWidth: 18, itemGap: 12,
          ...(chart.mark === "DOT" && { icon: "circle" }),
          textStyle: { color: theme.ink, fontSize: 12, fontFamily: FONT } },
        grid: flat ? { top, left: side + 30, right: 26, bottom: 54 }
          : { top, left: 14, right: 26, bottom: 34, containLabel: true },
        tooltip: { trigger: chart.mark === "LINE" ? "axis" : "item", confine: true, formatter: tip(chart, data, theme),
          backgroundColor: theme.sheet, borderColor: theme.line, textStyle: { color: theme.ink, fontSize: 12 } },
        xAxis: flat ? { ...up, ...below } : { ...right, ...below },
        yAxis: flat ? right : { ...up, ...above },
        series: marks(chart, data, flat, Object.assign([...theme.colours], { ink: theme.ink })),
      },
    };
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const PRINTED = 680; // a page of A4 or letter between its margins, in CSS pixels
  const PAPER = 760;
  let printing = false;

  function shown(figure) {
    const chart = charts[figure.dataset.chart];
    const plot = figure.querySelector(".plot");
    let instance = null;
    const draw = () => {
      const wide = printing ? PRINTED : plot.parentElement.clientWidth - 2;
      if (wide <= 0) {
        return;
      }
      const { height, option } = drawing(chart, dark.matches && !printing ? DARK : LIGHT, wide);
      instance ??= echarts.init(plot, null, { renderer: "svg", width: wide, height });
      instance.resize({ width: wide, height });
      instance.setOption(option, true);
    };
    buttons(figure, [
      ["SVG", "Save the drawing, for papers", () => {
        const { height, option } = drawing(chart, LIGHT, PAPER);
        const paper = echarts.init(null, null, { renderer: "svg", ssr: true, width: PAPER, height });
        paper.setOption(option);
        saveText(chart.name + ".svg", "image/svg+xml", paper.renderToSVGString());
        paper.dispose();
      }],
      ["PNG", "Save the drawing, three pixels to a point", () => {
        const { height, option } = drawing(chart, LIGHT, PAPER);
        const paper = echarts.init(element("div"), null, { renderer: "canvas", width: PAPER, height, devicePixelRatio: 3 });
        paper.setOption(option);
        save(chart.name + ".png", paper.getDataURL({ type: "png", pixelRatio: 3, backgroundColor: LIGHT.sheet }));
        paper.dispose();
      }],
      csv(tables[chart.table]),
    ]);
    draw();
    return draw;
  }

  // ---- the page

  document.querySelectorAll("table[data-table]").forEach(sortable);
  document.querySelectorAll("figure:not(.chart)").forEach(figure => {
    const grid = figure.querySelector("table[data-table]");
    if (grid) {
      buttons(figure, [csv(tables[grid.dataset.table])]);
    }
  });
  const draws = [...document.querySelectorAll("figure.chart")].map(shown);
  const all = () => draws.forEach(draw => draw());
  const print = now => {
    printing = now;
    all();
  };
  dark.addEventListener("change", all);
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  let known = innerWidth;
  addEventListener("resize", () => {
    if (!printing && innerWidth !== known) {
      known = innerWidth;
      requestAnimationFrame(all);
    }
  });
})();
