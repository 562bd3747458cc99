/** `dci-gateway partner set-output`: how records are written for a partner. */

import { type OutputPolicy, outputPolicy, STANDARD_OUTPUT } from '../dci/output/policy.ts';
import { changePartner } from './change-partner.ts';
import { type CommandContext, CommandProblem } from './command-context.ts';

/** What is not given stays as it is. */
export interface OutputOptions extends Partial<Pick<OutputPolicy, 'profile' | 'values' | 'identifierTypes'>> {
  /** `urn:gov:national-id=National ID` */
  readonly typeName?: readonly string[];
  /** False: names of the partner's own are taken away. */
  readonly typeNames?: boolean;
}

export const setOutput = async (context: CommandContext, id: string, options: OutputOptions): Promise<void> => {
  const named = Object.fromEntries((options.typeName ?? []).map(readName));
  await changePartner(context, id, (partner) => ({
    ...partner,
    output: changed(partner.output ?? STANDARD_OUTPUT, options, named),
  }));
  context.out(`Output for partner ${id} was changed: dci-gateway partner show ${id}`);
  context.out('A running gateway knows it within five seconds; messages that are queued stay as they were written.');
};

/** Another profile brings its own way with identifier types, unless that is said too. */
const changed = (
  before: OutputPolicy,
  { profile, values, identifierTypes, typeNames: keeps }: OutputOptions,
  named: Readonly<Record<string, string>>,
): OutputPolicy => {
  const names = { ...(keeps === false ? {} : before.typeNames), ...named };
  const anew = profile !== undefined || Object.keys(named).length > 0;
  const types = identifierTypes ?? (anew ? undefined : before.identifierTypes);
  return outputPolicy({
    profile: profile ?? before.profile,
    values: values ?? before.values,
    ...(types !== undefined && { identifierTypes: types }),
    ...(Object.keys(names).length > 0 && { typeNames: names }),
  });
};

const readName = (text: string): readonly [string, string] => {
  const at = text.lastIndexOf('=');
  const [type, name] = [text.slice(0, Math.max(at, 0)).trim(), text.slice(at + 1).trim()];
  if (type === '' || name === '')
    throw new CommandProblem(`${text} is no name of a type: write urn:gov:national-id="National ID".`);
  return [type, name];
};
