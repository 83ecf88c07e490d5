// A request as a command that can be pasted into a shell.
import { key } from "../api.js";
import { quoted } from "../words.js";

/** The key itself is never written down: the command takes it from the environment. */
export function curl(body) {
  return [
    `curl -s ${location.origin}/v1/recommend`,
    ...(key.get() ? [`  -H "Authorization: Bearer $HORAE_KEY"`] : []),
    "  -H 'Content-Type: application/json'",
    `  -d ${quoted(JSON.stringify(body))}`,
  ].join(" \\\n");
}
