/** An SQL identifier: names come from the configuration and from headers, never from a request. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
