import { type ConfigProblem, ConfigProblems } from 'dci-gateway/plugin';
import type { FilePlan, LoadPlan } from './config.ts';
import { readHeader, UnusableFile } from './read-header.ts';

const headerProblems = (plan: FilePlan): readonly ConfigProblem[] => {
  try {
    readHeader(plan);
    return [];
  } catch (cause) {
    if (!(cause instanceof UnusableFile)) throw cause;
    const { problem, fix } = cause;
    return [{ path: ['files', plan.table], problem, ...(fix !== undefined && { fix }) }];
  }
};

/** Files that are missing, no CSV or have other columns than the configuration says: all of them at once. */
export const checkFiles = ({ files }: LoadPlan): void => {
  const problems = files.flatMap(headerProblems);
  if (problems.length > 0) throw new ConfigProblems(problems);
};
