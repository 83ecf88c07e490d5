// The one place that talks to the server.

const KEY = "horae.key";

export const key = {
  get: () => sessionStorage.getItem(KEY),
  set: value => (value ? sessionStorage.setItem(KEY, value) : sessionStorage.removeItem(KEY)),
};

/** What went wrong, in the words of application/problem+json. */
export class Problem extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title);
    Object.assign(this, problem);
  }
}

function headers(extra) {
  return key.get() ? { ...extra, Authorization: `Bearer ${key.get()}` } : { ...extra };
}

async function send(method, path, { body, type, signal, version } = {}) {
  const sent = headers();
  if (body !== undefined) {
    sent["Content-Type"] = type ?? "application/json";
  }
  if (version !== undefined) {
    sent["If-Match"] = `"${version}"`;
  }
  let answer;
  try {
    answer = await fetch(path, {
      method, signal, headers: sent, credentials: "omit",
      body: body === undefined || type ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") {
      throw error;
    }
    throw new Problem({
      status: 0, title: "The server does not answer", detail: `${method} ${path} got no answer`,
      repair: "See whether it runs, then try again.",
    });
  }
  if (answer.ok) {
    return answer;
  }
  const text = await answer.text();
  let problem = {};
  try {
    problem = JSON.parse(text);
  } catch {
    // Whatever stands between us and the server answered: its status is all there is.
  }
  if (answer.status === 401) {
    dispatchEvent(new Event("horae:login"));
  }
  throw new Problem({ title: `${method} ${path} answered ${answer.status}`, ...problem, status: answer.status });
}

async function json(method, path, options) {
  const answer = await send(method, path, options);
  const text = await answer.text();
  return text ? JSON.parse(text) : undefined;
}

export const get = (path, signal) => json("GET", path, { signal });
export const post = (path, body, signal) => json("POST", path, { body, signal });
export const put = (path, body, version) => json("PUT", path, { body, version });
export const patch = (path, body, version) => json("PATCH", path, { body, version });
export const remove = (path, version) => json("DELETE", path, { version });
export const sendText = (path, body, type) => json("POST", path, { body, type });
export const sendFile = (path, file) => json("PUT", path, { body: file, type: file.type || "application/octet-stream" });
export const blob = async (path, signal) => (await send("GET", path, { signal })).blob();

/** A path of encoded parts. */
export const path = (...parts) => "/v1/" + parts.map(encodeURIComponent).join("/");

/** `?a=b` of what is there. */
export function query(values) {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return entries.length ? "?" + new URLSearchParams(entries) : "";
}

/**
 * Server-sent events. Not an EventSource: that cannot send a key. Resolves when the server ends the
 * stream, rejects when there is none.
 */
export async function stream(path, signal, onMessage) {
  const answer = await send("GET", path, { signal });
  onMessage("open");
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = block.split("\n").map(line => line.match(/^(\w+): ?(.*)$/)).filter(Boolean);
      const data = fields.filter(field => field[1] === "data").map(field => field[2]).join("\n");
      if (data) {
        onMessage(fields.find(field => field[1] === "event")?.[2] ?? "message", JSON.parse(data));
      }
    }
  }
}
