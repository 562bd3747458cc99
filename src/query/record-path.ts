/** Whether rendered records show what lies at a path. Where the model does not say, they do. */
export const keepsPath = (path: string, rendered: ReadonlySet<string> | undefined): boolean =>
  rendered === undefined || rendered.has(path);
