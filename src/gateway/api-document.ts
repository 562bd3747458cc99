import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readYaml } from '../config/read-yaml.ts';
import { ConfigError, type Problem } from '../config/source.ts';
import { type ApiDocument, docsPage } from '../http/docs-page.ts';

export interface OpenedApiDocument {
  readonly text: string;
  /** As a page: made when it is first asked for, which takes longer than most of a start. */
  page(): Promise<string>;
}

/** Our API document. Rejects when its file is missing. */
export const openApiDocument = async (): Promise<OpenedApiDocument> => {
  const file = join(import.meta.dirname, '../../openapi/gateway.yaml');
  const makePage = async (): Promise<string> => {
    const problems: Problem[] = [];
    const { value } = await readYaml(file, {}, problems);
    if (problems.length > 0) throw new ConfigError(problems);
    return docsPage(value as ApiDocument); // our own file, tested against the routes
  };
  let page: Promise<string> | undefined;
  return {
    text: await readFile(file, 'utf8'),
    page: () => {
      page ??= makePage();
      return page;
    },
  };
};
