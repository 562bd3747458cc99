/** The pattern of LIKE … ESCAPE '!' for this plain text. (A backslash would depend on the server's settings.) */
export const likePattern = (op: 'contains' | 'startswith', text: string): string => {
  const plain = text.replace(/[!%_]/g, '!$&');
  return op === 'contains' ? `%${plain}%` : `${plain}%`;
};
