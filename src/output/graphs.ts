/** Pictures of what is connected, as text for other programs: Mermaid and Graphviz. */
import type { Tone } from './columns.ts';
import { escapeText } from './escape.ts';

export interface GraphNode {
  readonly id: number;
  /** Lines of the label, of any origin. */
  readonly label: readonly string[];
  readonly tone?: Tone | undefined;
  /** Drawn with a thick border: what was asked about. */
  readonly isMarked?: boolean;
  /** The node that it is drawn inside of, which comes before it. */
  readonly inside?: number | null;
}

export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  readonly label?: string;
}

export interface Graph {
  /** Depth first: what is inside of a node comes right behind it. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** Fill and border of a node by its tone; readable on light and dark ground, since the text is always dark. */
const colours = {
  good: ['#d3f2d9', '#2e7d32'],
  bad: ['#f9d5d3', '#c62828'],
  warning: ['#fcefc2', '#b28704'],
  dim: ['#eceff1', '#78909c'],
  none: ['#d6e8fb', '#1565c0'],
} as const satisfies Readonly<Record<Tone | 'none', readonly [string, string]>>;

const toneOf = ({ tone }: GraphNode): keyof typeof colours => tone ?? 'none';

/** Calls back at each node with how many of the open boxes end before it, and at the end with all that are open. */
function walk(
  nodes: readonly GraphNode[],
  visit: (node: GraphNode, closed: number, depth: number, isBox: boolean) => void,
): number {
  const boxes = new Set(nodes.map(({ inside }) => inside ?? undefined));
  const open: number[] = [];
  for (const node of nodes) {
    let closed = 0;
    for (; open.length > 0 && open.at(-1) !== (node.inside ?? undefined); closed += 1) open.pop();
    const isBox = boxes.has(node.id);
    visit(node, closed, open.length, isBox);
    if (isBox) open.push(node.id);
  }
  return open.length;
}

const indent = (depth: number): string => '  '.repeat(depth + 1);

/** A flow chart for Mermaid. Source: https://mermaid.js.org/syntax/flowchart.html */
export function mermaidText({ nodes, edges }: Graph): string {
  const lines = ['flowchart TD'];
  let last = 0;
  const stillOpen = walk(nodes, (node, closed, depth, isBox) => {
    for (let at = 1; at <= closed; at += 1) lines.push(`${indent(last - at)}end`);
    const label = node.label.map(mermaidEscape).join('<br/>');
    lines.push(
      isBox ? `${indent(depth)}subgraph n${node.id}["${label}"]` : `${indent(depth)}n${node.id}["${label}"]`,
    );
    last = depth + (isBox ? 1 : 0);
  });
  for (let at = 1; at <= stillOpen; at += 1) lines.push(`${indent(last - at)}end`);
  for (const { from, to, label } of edges) {
    const text = label === undefined ? '' : `|"${mermaidEscape(label)}"|`;
    lines.push(`  n${from} -->${text} n${to}`);
  }
  for (const [tone, [fill, stroke]] of Object.entries(colours)) {
    const ids = nodes.filter((node) => toneOf(node) === tone).map(({ id }) => `n${id}`);
    if (ids.length === 0) continue;
    lines.push(`  classDef ${tone} fill:${fill},stroke:${stroke},color:#212121`);
    lines.push(`  class ${ids.join(',')} ${tone}`);
  }
  const marked = nodes.filter(({ isMarked }) => isMarked === true);
  for (const { id } of marked) lines.push(`  style n${id} stroke-width:4px`);
  return `${lines.join('\n')}\n`;
}

/** Mermaid reads entities with `#` instead of `&`; quotes end the label, and a backtick at its start means Markdown. */
function mermaidEscape(text: string): string {
  return escapeText(text).replace(/[#&<>"`]/g, (character) => `#${character.codePointAt(0) ?? 0};`);
}

/** A directed graph for Graphviz. Source: https://graphviz.org/doc/info/lang.html */
export function dotText({ nodes, edges }: Graph): string {
  const lines = [
    'digraph {',
    '  graph [fontname="sans-serif", style="rounded", color="#90a4ae"]',
    '  node [shape=box, style="rounded,filled", fontname="sans-serif", fontcolor="#212121"]',
    '  edge [fontname="sans-serif", color="#607d8b"]',
  ];
  let last = 0;
  const stillOpen = walk(nodes, (node, closed, depth, isBox) => {
    for (let at = 1; at <= closed; at += 1) lines.push(`${indent(last - at)}}`);
    // What is connected are nodes, not boxes, so a box holds a node for itself.
    if (isBox) lines.push(`${indent(depth)}subgraph cluster_${node.id} {`);
    last = depth + (isBox ? 1 : 0);
    const [fill, stroke] = colours[toneOf(node)];
    const attributes = [
      `label="${node.label.map(dotEscape).join(String.raw`\n`)}"`,
      `fillcolor="${fill}"`,
      `color="${stroke}"`,
      ...(isBox ? ['shape=folder', 'style="filled"'] : []),
      ...(node.isMarked === true ? ['penwidth=4'] : []),
    ];
    lines.push(`${indent(last)}${node.id} [${attributes.join(', ')}]`);
  });
  for (let at = 1; at <= stillOpen; at += 1) lines.push(`${indent(last - at)}}`);
  for (const { from, to, label } of edges) {
    const text = label === undefined ? '' : ` [label="${dotEscape(label)}"]`;
    lines.push(`  ${from} -> ${to}${text}`);
  }
  return `${lines.join('\n')}\n}\n`;
}

function dotEscape(text: string): string {
  return escapeText(text).replace(/[\\"]/g, String.raw`\$&`);
}
