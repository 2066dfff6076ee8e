/**
 * In which order artifacts go: who points first, who is pointed at later, a cycle as one. Then the question under
 * the lock is local, and a new artifact that points at the head of a chain saves the rest of the chain.
 *
 * The server finds the order of almost all of them, see plan.ts. What is left for this are cycles, what they lead to,
 * and what lies very deep; it is kept in arrays of numbers, about 40 bytes for each of these.
 */

/** Artifacts that could not be put in order by taking away, again and again, what nothing points at. */
export interface Tangle {
  /** Ascending. */
  readonly ids: Float64Array;
  /** How deep each one lies at least, as far as that is known. */
  readonly floors: Int32Array;
  /** Relations among them, as places in `ids`. */
  readonly sources: Int32Array;
  readonly targets: Int32Array;
}

export interface Order {
  /** For each one, how many must go before it at least, one after the other. */
  readonly levels: Int32Array;
  /** For each one the place of one member of its cycle; of itself when it is in none. */
  readonly cycles: Int32Array;
}

/** Levels such that whoever points at another one has the lower level, but for those in the same cycle. */
export function untangle({ ids, floors, sources, targets }: Tangle): Order {
  const count = ids.length;
  const graph = adjacency(count, sources, targets);
  const component = components(count, graph);
  const depth = new Int32Array(count);
  for (let node = 0; node < count; node += 1) raise(depth, component[node] ?? 0, floors[node] ?? 0);
  // Sources have the highest numbers, so each component is complete before those it points at are reached.
  const members = byComponent(component);
  for (let place = count - 1; place >= 0; place -= 1) {
    const node = members[place] ?? 0;
    const from = component[node] ?? 0;
    for (let at = graph.starts[node] ?? 0; at < (graph.starts[node + 1] ?? 0); at += 1) {
      const to = component[graph.targets[at] ?? 0] ?? 0;
      if (to !== from) raise(depth, to, (depth[from] ?? 0) + 1);
    }
  }
  const first = new Int32Array(count).fill(-1);
  const cycles = new Int32Array(count);
  const levels = new Int32Array(count);
  for (let node = 0; node < count; node += 1) {
    const own = component[node] ?? 0;
    if (first[own] === -1) first[own] = node;
    cycles[node] = first[own] ?? node;
    levels[node] = depth[own] ?? 0;
  }
  return { levels, cycles };
}

function raise(depth: Int32Array, component: number, level: number): void {
  if ((depth[component] ?? 0) < level) depth[component] = level;
}

interface Graph {
  /** Where the targets of each node begin; one more than there are nodes. */
  readonly starts: Int32Array;
  readonly targets: Int32Array;
}

function adjacency(count: number, sources: Int32Array, targets: Int32Array): Graph {
  const starts = new Int32Array(count + 1);
  for (const source of sources) starts[source + 1] = (starts[source + 1] ?? 0) + 1;
  for (let node = 0; node < count; node += 1)
    starts[node + 1] = (starts[node + 1] ?? 0) + (starts[node] ?? 0);
  const next = starts.slice();
  const ordered = new Int32Array(targets.length);
  for (const [at, source] of sources.entries()) {
    const slot = next[source] ?? 0;
    ordered[slot] = targets[at] ?? 0;
    next[source] = slot + 1;
  }
  return { starts, targets: ordered };
}

/** Nodes in ascending order of their components. */
function byComponent(component: Int32Array): Int32Array {
  const ends = new Int32Array(component.length + 1);
  for (const own of component) ends[own + 1] = (ends[own + 1] ?? 0) + 1;
  for (let at = 1; at < ends.length; at += 1) ends[at] = (ends[at] ?? 0) + (ends[at - 1] ?? 0);
  const members = new Int32Array(component.length);
  for (const [node, own] of component.entries()) {
    const slot = ends[own] ?? 0;
    members[slot] = node;
    ends[own] = slot + 1;
  }
  return members;
}

/** Tarjan's strongly connected components without recursion; a component points only at those with lower numbers. */
function components(count: number, { starts, targets }: Graph): Int32Array {
  const component = new Int32Array(count).fill(-1);
  const index = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const cursor = starts.slice(0, count);
  const open = new Int32Array(count);
  let openCount = 0;
  const way = new Int32Array(count);
  let numbered = 0;
  let found = 0;
  for (let start = 0; start < count; start += 1) {
    if (index[start] !== -1) continue;
    way[0] = start;
    for (let length = 1; length > 0;) {
      const node = way[length - 1] ?? 0;
      if (index[node] === -1) {
        index[node] = low[node] = numbered;
        numbered += 1;
        open[openCount] = node;
        openCount += 1;
      }
      const at = cursor[node] ?? 0;
      if (at < (starts[node + 1] ?? 0)) {
        cursor[node] = at + 1;
        const target = targets[at] ?? 0;
        if (index[target] === -1) {
          way[length] = target;
          length += 1;
        } else if (component[target] === -1) low[node] = Math.min(low[node] ?? 0, index[target] ?? 0);
        continue;
      }
      length -= 1;
      if (length > 0) {
        const parent = way[length - 1] ?? 0;
        low[parent] = Math.min(low[parent] ?? 0, low[node] ?? 0);
      }
      if (low[node] !== index[node]) continue;
      for (let member = -1; member !== node;) {
        openCount -= 1;
        member = open[openCount] ?? node;
        component[member] = found;
      }
      found += 1;
    }
  }
  return component;
}
