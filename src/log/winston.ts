import type { Writable } from 'node:stream';
import { createLogger, format, type Logger, transports } from 'winston';
import type { Config } from '../config/config.ts';
import type { Log } from '../log.ts';
import { redact, redactText } from './redact.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A log of JSON lines, `{"time","level","message",…fields}`, to the destination: standard output, as the caller hands
 * it over. Known secrets are redacted and fields are bounded in size.
 */
export const createLog = (config: Config['log'], destination: Writable): Log => {
  const logger = createLogger({
    level: config.level,
    format: format.printf((info) => String(info.message)), // the line is made below, where the fields are known to be ours
    transports: [new transports.Stream({ stream: destination })],
  });
  return withFields(logger, {});
};

const withFields = (logger: Logger, bound: Fields): Log => {
  const write =
    (level: Config['log']['level']) =>
    (message: string, fields: Fields = {}): void => {
      if (!logger.isLevelEnabled(level)) return;
      const line = { time: new Date().toISOString(), level, message: redactText(message) };
      logger.log(level, JSON.stringify({ ...redact({ ...bound, ...fields }), ...line }));
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => withFields(logger, { ...bound, ...fields }),
  };
};
