// Items by id, many with one request: a request for each would be a hundred for a page of events.
import { get, query } from "./api.js";

const MOST = 3000;
const known = new Map();

/** Ids in groups whose filters are short enough to be sent. */
function groups(ids) {
  const all = [[]];
  let length = 0;
  for (const id of ids) {
    length += JSON.stringify(id).length + 1;
    if (length > MOST) {
      all.push([]);
      length = JSON.stringify(id).length + 1;
    }
    all.at(-1).push(id);
  }
  return all.filter(group => group.length);
}

/** The items of `ids`; one that is nowhere is its id, and `missing`. */
export async function lookUp(ids, signal) {
  const asked = [...new Set(ids)].filter(id => !known.has(id));
  await Promise.all(groups(asked).map(async group => {
    const filter = `id in [${group.map(id => JSON.stringify(id)).join(",")}]`;
    const answer = await get("/v1/items" + query({ filter, n: 500 }), signal);
    answer.items.forEach(item => known.set(item.item, item));
  }));
  return ids.map(id => known.get(id) ?? { item: id, missing: true });
}

/** Items have changed. */
export const forget = () => known.clear();
