import { graphMermaid } from '../../kb/reasoning/dot/as-mermaid.ts';
import { graphText } from '../../kb/reasoning/dot/as-text.ts';
import type { Graph } from '../../kb/reasoning/graph.ts';
import { renderDetails } from '../../workflows/domain/current-details.ts';
import { newIncidentView, type IncidentView } from '../../workflows/domain/incident-view.ts';

/** The chart for reading, without the program that made it: Markdown, and one HTML file that loads nothing. */
export function chartDocuments(
  chart: unknown,
  graph: Graph | null = null,
): { readonly markdown: string; readonly html: string } {
  const markdown = isView(chart)
    ? renderDetails({ ...newIncidentView(chart), ...chart })
    : '## No chart\n\nThe execution ended without leaving one; its history tells what happened.';
  if (graph === null) return { markdown: `${markdown}\n`, html: page(markdown) };
  // A reader of Markdown draws the flowchart; a page that loads nothing shows the same as a tree.
  return {
    markdown: `${markdown}\n\n${thoughtsTitle}\n\n\`\`\`mermaid\n${graphMermaid(graph)}\`\`\`\n`,
    html: page(`${markdown}\n\n${thoughtsTitle}\n\n\`\`\`text\n${fenced(graphText(graph))}\n\`\`\``),
  };
}

const thoughtsTitle = '### What was thought';

/** A line of a tree never begins a fence or ends one. */
function fenced(text: string): string {
  return text.replaceAll('`', "'");
}

/** A chart of an older version may lack fields that came later; those begin as they do in a new one. */
function isView(value: unknown): value is IncidentView {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['phase', 'approval', 'phaseTimes', 'cluster', 'workflowId', 'runId', 'openedAtMs'].every((name) => name in value)
  );
}

/** No script can run and nothing is fetched, whatever the text of an incident holds. */
function page(markdown: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Chart of an incident</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
pre, code { font-family: ui-monospace, monospace; background: #f2f2f2; border-radius: 3px; overflow-wrap: anywhere }
pre { padding: .75rem; white-space: pre-wrap }
h2, h3 { line-height: 1.2 }
</style>
${blocks(markdown.split('\n')).join('\n')}
</html>
`;
}

/** Our own charts only: headings, lists, fences and paragraphs, as `renderDetails` writes them. */
function blocks(lines: readonly string[]): readonly string[] {
  const out: string[] = [];
  let fenced = false;
  let listed = false;
  for (const line of lines) {
    const item = /^( *)(?:-|\d+\.) (.*)$/.exec(line);
    if (listed && (fenced || item === null)) {
      out.push('</ul>');
      listed = false;
    }
    const heading = /^(#{2,3}) (.*)$/.exec(line);
    if (line.startsWith('```')) {
      out.push(fenced ? '</pre>' : '<pre>');
      fenced = !fenced;
    } else if (fenced) out.push(escapeHtml(line));
    else if (heading !== null)
      out.push(`<h${heading[1]?.length ?? 2}>${inline(heading[2] ?? '')}</h${heading[1]?.length ?? 2}>`);
    else if (item !== null) {
      if (!listed) out.push('<ul>');
      listed = true;
      out.push(`<li>${inline(item[2] ?? '')}</li>`);
    } else if (line !== '') out.push(`<p>${inline(line)}</p>`);
  }
  if (listed) out.push('</ul>');
  if (fenced) out.push('</pre>');
  return out;
}

/** Escaped characters stay what they are, `code` and **strong** become elements; all text is escaped for HTML. */
function inline(text: string): string {
  return text.replace(/\\(.)|`([^`]*)`|\*\*([^*]+)\*\*|([^\\`*]+|[\\`*])/gs, (_whole, escaped, code, strong, plain) => {
    if (typeof escaped === 'string') return escapeHtml(escaped);
    if (typeof code === 'string') return `<code>${escapeHtml(code)}</code>`;
    if (typeof strong === 'string') return `<strong>${escapeHtml(strong.replace(/\\(.)/g, '$1'))}</strong>`;
    return escapeHtml(String(plain));
  });
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
