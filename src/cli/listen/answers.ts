/** What the receiver answers, so that a partner can see the gateway try again. */

export type ReceiverAnswer = { readonly status: number } | 'err' | 'close' | 'hang';

/** Thrown for a word that is no answer. */
export class AnswerProblem extends Error {
  override readonly name = 'AnswerProblem';
}

const WORDS = ['err', 'close', 'hang'] as const;

/** `500,429,err,close,hang,200`: one a message in turn; the last stays. */
export const readAnswers = (text: string): readonly ReceiverAnswer[] =>
  text.split(',').map((part) => {
    const word = part.trim();
    const known = WORDS.find((each) => each === word);
    if (known !== undefined) return known;
    if (/^[2-5]\d\d$/.test(word)) return { status: Number(word) };
    throw new AnswerProblem(`${word} is no answer: write a status from 200 to 599, or one of ${WORDS.join(', ')}`);
  });

/** The answer to the message of this number, from 0. */
export const answerAt = (answers: readonly ReceiverAnswer[], index: number): ReceiverAnswer =>
  answers[Math.min(index, answers.length - 1)] ?? { status: 200 };

export const wordOf = (answer: ReceiverAnswer): string => (typeof answer === 'string' ? answer : String(answer.status));
