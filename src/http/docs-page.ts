/** The API document as one HTML page: no script, nothing from the internet. */

import { schemaHtml } from './docs-schema.ts';
import { escapeHtml, paragraphs } from './docs-text.ts';

/** A parsed OpenAPI document: our own file, hence looked at without ceremony. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface ApiOperation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, ApiResponse>>;
}

type Content = Readonly<
  Record<
    string,
    { readonly schema?: unknown; readonly examples?: Readonly<Record<string, { summary?: string; value: unknown }>> }
  >
>;

interface ApiResponse {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Content;
}

/** Allows the page's own style and nothing else. */
export const DOCS_POLICY = {
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
};

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h2{border-bottom:1px solid #d0d7de;margin-top:2.5rem}article{border:1px solid #d0d7de;border-radius:6px;margin:1rem 0;padding:0 1rem .5rem}
code,pre{font:14px/1.45 ui-monospace,monospace}pre{background:#f6f8fa;padding:.75rem;overflow:auto}.method{font-weight:700;color:#0a5}
ul{padding-left:1.25rem}.note{color:#57606a}.required{color:#b00}summary{cursor:pointer}`;

/** The page of this document. */
export const docsPage = (document: ApiDocument): string => {
  const { info, tags = [] } = document;
  const sections = tags.map(
    (tag) =>
      `<h2 id="${escapeHtml(tag.name)}">${escapeHtml(tag.name)}</h2>${paragraphs(tag.description)}${operations(document, tag.name)}`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(info.title)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(info.title)} <small class="note">${escapeHtml(info.version)}</small></h1>${paragraphs(info.description)}
<p>The document itself: <a href="/openapi.yaml">openapi.yaml</a></p>${sections.join('\n')}</body></html>
`;
};

const operations = (document: ApiDocument, tag: string): string =>
  Object.entries(document.paths)
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))
    .filter(({ operation }) => operation.tags?.includes(tag))
    .map(({ path, method, operation }) => operationHtml(document, path, method, operation))
    .join('\n');

const operationHtml = (document: ApiDocument, path: string, method: string, operation: ApiOperation): string =>
  `<article><h3><span class="method">${method.toUpperCase()}</span> <code>${escapeHtml(path)}</code></h3>
<p><strong>${escapeHtml(operation.summary ?? '')}</strong>${operation.security === undefined ? '' : ' <span class="note">(access token)</span>'}</p>
${paragraphs(operation.description)}${operation.requestBody === undefined ? '' : `<h4>Request</h4>${contentHtml(document, operation.requestBody.content)}`}
<h4>Answers</h4>${Object.entries(operation.responses)
    .map(([status, answer]) => answerHtml(document, status, answer))
    .join('')}</article>`;

const answerHtml = (document: ApiDocument, status: string, answer: ApiResponse): string => {
  const known =
    answer.$ref === undefined ? answer : (document.components.responses?.[nameOf(answer.$ref)] as ApiResponse);
  const content = known.content === undefined ? '' : contentHtml(document, known.content);
  return `<details><summary><code>${escapeHtml(status)}</code> ${escapeHtml(known.description ?? '')}</summary>${content}</details>`;
};

const contentHtml = (document: ApiDocument, content: Content): string =>
  Object.entries(content)
    .map(([type, { schema, examples = {} }]) => {
      const shown = Object.values(examples).map(
        (example) =>
          `<details><summary>Example: ${escapeHtml(example.summary ?? '')}</summary><pre>${escapeHtml(JSON.stringify(example.value, null, 2))}</pre></details>`,
      );
      return `<p><code>${escapeHtml(type)}</code></p>${schemaHtml(schema, document.components.schemas ?? {})}${shown.join('')}`;
    })
    .join('');

const nameOf = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);
