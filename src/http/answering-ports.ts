import type { Clock } from '../clock.ts';
import type { Pipeline } from '../inbound/pipeline.ts';
import type { BodyLimits } from './read-body.ts';
import type { SignAnswer } from './sign-answer.ts';

/** What every route needs that takes a message and signs its answer. */
export interface AnsweringPorts {
  readonly pipeline: Pipeline;
  readonly sign: SignAnswer;
  readonly clock: Clock;
  /** Our sender_id. */
  readonly senderId: string;
  readonly body: BodyLimits;
}
