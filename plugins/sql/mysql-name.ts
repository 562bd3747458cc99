/** A name in backticks, for the fixed statements that ask about the schema. */
export const quotedForMysql = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
