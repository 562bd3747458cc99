/** What the timetable needs beside Agenda's own port. */

import type { AgendaBackend } from 'agenda';

export interface JobTable {
  readonly backend: AgendaBackend;
  /** The jobs of this name that would run later run at `at`; one that runs now is left alone, and none is ever put off or unlocked. */
  bringForward(name: string, at: Date): Promise<void>;
}
