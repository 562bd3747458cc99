import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readYaml } from '../config/read-yaml.ts';
import { ConfigError, type Problem } from '../config/source.ts';
import type { ApiDocument } from '../http/docs-page.ts';

/** Our API document, as text and parsed. */
export const readApiDocument = async (): Promise<{ readonly text: string; readonly document: ApiDocument }> => {
  const file = join(import.meta.dirname, '../../openapi/gateway.yaml');
  const problems: Problem[] = [];
  const { value } = await readYaml(file, {}, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return { text: await readFile(file, 'utf8'), document: value as ApiDocument }; // our own file, tested against the routes
};
