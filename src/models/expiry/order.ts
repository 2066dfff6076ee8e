/**
 * In which order artifacts go: who points first, who is pointed at later, a cycle as one. Then the question under
 * the lock is local, and a new artifact that points at the head of a chain saves the rest of the chain.
 */

/** Artifacts that go together, in order. */
export type Group = readonly number[];

/**
 * @param ids longest expired first; that is the order among those that have no relation to each other
 * @param edges pairs (pointing, pointed at), flat; both ends among the ids
 * @returns one group for each cycle, and one for each artifact in none
 */
export function deletionOrder(ids: readonly number[], edges: readonly number[]): readonly Group[] {
  if (edges.length === 0) return ids.map((id) => [id]);
  const place = new Map(ids.map((id, at) => [id, at]));
  const { targets, starts } = adjacency(ids.length, edges, place);
  const component = components(ids.length, targets, starts);
  const depth = depths(ids.length, targets, starts, component);
  const groups = new Map<number, number[]>();
  for (let node = 0; node < ids.length; node += 1) {
    const members = groups.get(component[node] ?? 0);
    if (members === undefined) groups.set(component[node] ?? 0, [ids[node] ?? 0]);
    else members.push(ids[node] ?? 0);
  }
  // A Map keeps the order of its keys, here that of the longest expired members; sorting is stable.
  return [...groups].sort(([a], [b]) => (depth[a] ?? 0) - (depth[b] ?? 0)).map(([, members]) => members);
}

function adjacency(count: number, edges: readonly number[], place: ReadonlyMap<number, number>) {
  const starts = new Int32Array(count + 1);
  for (let at = 0; at < edges.length; at += 2) {
    const from = place.get(edges[at] ?? -1) ?? 0;
    starts[from + 1] = (starts[from + 1] ?? 0) + 1;
  }
  for (let node = 0; node < count; node += 1)
    starts[node + 1] = (starts[node + 1] ?? 0) + (starts[node] ?? 0);
  const next = starts.slice();
  const targets = new Int32Array(edges.length / 2);
  for (let at = 0; at < edges.length; at += 2) {
    const from = place.get(edges[at] ?? -1) ?? 0;
    const slot = next[from] ?? 0;
    targets[slot] = place.get(edges[at + 1] ?? -1) ?? 0;
    next[from] = slot + 1;
  }
  return { targets, starts };
}

/** Tarjan's strongly connected components without recursion; a component points only at those with lower numbers. */
function components(count: number, targets: Int32Array, starts: Int32Array): Int32Array {
  const component = new Int32Array(count).fill(-1);
  const index = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const cursor = starts.slice(0, count);
  const open: number[] = [];
  let numbered = 0;
  let found = 0;
  for (let start = 0; start < count; start += 1) {
    if (index[start] !== -1) continue;
    const path = [start];
    while (path.length > 0) {
      const node = path[path.length - 1] ?? 0;
      if (index[node] === -1) {
        index[node] = low[node] = numbered;
        numbered += 1;
        open.push(node);
      }
      const at = cursor[node] ?? 0;
      if (at < (starts[node + 1] ?? 0)) {
        cursor[node] = at + 1;
        const target = targets[at] ?? 0;
        if (index[target] === -1) path.push(target);
        else if (component[target] === -1) low[node] = Math.min(low[node] ?? 0, index[target] ?? 0);
        continue;
      }
      path.pop();
      const parent = path[path.length - 1];
      if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[node] ?? 0);
      if (low[node] !== index[node]) continue;
      for (let member = open.pop(); member !== undefined; member = open.pop()) {
        component[member] = found;
        if (member === node) break;
      }
      found += 1;
    }
  }
  return component;
}

/** How many groups at most must go before each component. */
function depths(count: number, targets: Int32Array, starts: Int32Array, component: Int32Array): Int32Array {
  // Sources have the highest numbers, so each component is complete before those it points at are reached.
  const order = Array.from({ length: count }, (_, node) => node).sort(
    (a, b) => (component[b] ?? 0) - (component[a] ?? 0),
  );
  const depth = new Int32Array(count);
  for (const node of order) {
    const from = component[node] ?? 0;
    for (let at = starts[node] ?? 0; at < (starts[node + 1] ?? 0); at += 1) {
      const to = component[targets[at] ?? 0] ?? 0;
      if (to !== from) depth[to] = Math.max(depth[to] ?? 0, (depth[from] ?? 0) + 1);
    }
  }
  return depth;
}
