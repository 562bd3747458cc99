/** `dci-gateway partner`: the partners that are kept in the store. */

import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { IDENTIFIER_TYPES, OUTPUT_PROFILES, OUTPUT_VALUES } from '../dci/output/policy.ts';
import { type PartnerLimits, SIGNATURE_PROFILES } from '../security/partner.ts';
import { type Allowed, LEGAL_BASES, type SearchWidth } from '../security/rights.ts';
import type { MakeContext } from './command-context.ts';
import { disablePartner, enablePartner, rotateSecret } from './partner-access.ts';
import { type AddPartnerOptions, addPartner } from './partner-add.ts';
import { ENCRYPTION_POLICIES, type EncryptionPolicy, setEncryption } from './partner-encryption.ts';
import { fetchKey, type KeyUse, type SetKeyOptions, setKey } from './partner-keys.ts';
import { type OutputOptions, setOutput } from './partner-output.ts';
import { endPurpose, type PurposeOptions, setPurpose } from './partner-purposes.ts';
import { type GrantOptions, grantRights, revokeRights } from './partner-rights.ts';
import { listPartners, showPartner } from './partner-show.ts';
import { CONFIG_OPTION } from './terminal.ts';

export {
  addPartner,
  disablePartner,
  enablePartner,
  fetchKey,
  grantRights,
  listPartners,
  revokeRights,
  rotateSecret,
  setEncryption,
  setKey,
  setOutput,
  showPartner,
};

type WithConfig<T> = T & { readonly config?: string };

export const registerPartnerCommands = (program: Command, makeContext: MakeContext): void => {
  const partner = program.command('partner').description('partners that are kept in the store, and what they may do');
  const command = (name: string, description: string): Command =>
    partner
      .command(name)
      .description(description)
      .option(...CONFIG_OPTION);
  registerAdd(command, makeContext);
  registerPlain(command, makeContext);
  registerKeys(command, makeContext);
  registerRights(command, makeContext);
  registerOutput(command, makeContext);
};

const ENCRYPTION_TEXT = 'required: messages that it sends in clear are refused';

type Make = (name: string, description: string) => Command;

const registerAdd = (command: Make, makeContext: MakeContext): void => {
  const add = command('add', 'adds a partner; its client id and secret are made and shown once').argument(
    '<id>',
    'short name: health-ministry',
  );
  add
    .requiredOption('--sender <id...>', 'what it writes as sender_id')
    .option('--name <text>', 'its name for people')
    .option('--client-id <id>', 'instead of one that is made')
    .option('--callback <origin...>', 'where it may be called: https://partner.example.org')
    .option('--jwks-url <url>', 'where its keys are fetched from')
    .option('--key <file>', 'its public key: PEM or JWK')
    .option('--key-id <name>', "the key's name in its signatures")
    .option('--scope <scope...>', 'scopes it may be granted: registry.search (all unless given)')
    .addOption(new Option('--accept <profile...>', 'what it may sign with').choices(SIGNATURE_PROFILES))
    .addOption(new Option('--send <profile>', 'what we sign for it with').choices(SIGNATURE_PROFILES))
    .addOption(
      new Option('--require <policy>', 'optional: unsigned too while it has no key').choices(['required', 'optional']),
    )
    .option('--optional-until <date>', 'unsigned until then although it has a key')
    .addOption(new Option('--encryption <policy>', ENCRYPTION_TEXT).choices(ENCRYPTION_POLICIES))
    .addOption(
      new Option('--replay <policy>', 'refuse: the same message twice is refused').choices(['answer', 'refuse']),
    );
  for (const [flag, text] of LIMIT_FLAGS) add.option(`--${flag} <count>`, text, readCount);
  add.action((id: string, options: WithConfig<AddPartnerOptions & Partial<PartnerLimits>>) =>
    makeContext(options.config, (context) => addPartner(context, id, { ...options, limits: limitsOf(options) })),
  );
};

const LIMIT_FLAGS = [
  ['per-minute', 'requests a minute'],
  ['per-day', 'requests a day'],
  ['records-per-day', 'records returned a day'],
  ['identifiers-per-day', 'identifiers tried a day'],
  ['concurrent-searches', 'searches at once'],
  ['max-records', 'records one search may find'],
] as const;

const LIMITS = [
  'perMinute',
  'perDay',
  'recordsPerDay',
  'identifiersPerDay',
  'concurrentSearches',
  'maxRecords',
] as const;

const limitsOf = (options: Partial<PartnerLimits>): Partial<PartnerLimits> =>
  Object.fromEntries(LIMITS.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));

const readCount = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1 on.');
  return Number(text);
};

const registerPlain = (command: Make, makeContext: MakeContext): void => {
  command('list', 'shows the partners of the file and of the store').action(({ config }: WithConfig<object>) =>
    makeContext(config, listPartners),
  );
  const onOne = (name: string, description: string, work: typeof showPartner): void =>
    void command(name, description)
      .argument('<id>')
      .action((id: string, { config }: WithConfig<object>) => makeContext(config, (context) => work(context, id)));
  onOne('show', 'shows one partner with its keys and rights', showPartner);
  onOne('disable', 'ends its access', disablePartner);
  onOne('enable', 'gives a disabled partner its access back', enablePartner);
  onOne('rotate-secret', 'makes a new secret and shows it once; the old one ends', rotateSecret);
};

const registerKeys = (command: Make, makeContext: MakeContext): void => {
  command('set-key', 'pins a public key, or switches one on or off')
    .argument('<id>')
    .addOption(
      new Option('--use <use>', 'sig: it signs with it, enc: messages to it are encrypted for it')
        .choices(['sig', 'enc'] satisfies KeyUse[])
        .default('sig'),
    )
    .option('--file <file>', 'PEM or JWK; for enc RSA, P-256 or X25519')
    .option('--key-id <name>', "the key's name in its signatures; of an encryption key its own name of it")
    .option('--off', 'the key is switched off')
    .option('--only', 'every other key of this use that was pinned or fetched by command is switched off')
    .action((id: string, options: WithConfig<SetKeyOptions>) =>
      makeContext(options.config, (context) => setKey(context, id, options)),
    );
  command('set-encryption', 'says whether it may send messages in clear')
    .argument('<id>')
    .addArgument(new Argument('<policy>', ENCRYPTION_TEXT).choices(ENCRYPTION_POLICIES))
    .action((id: string, policy: EncryptionPolicy, { config }: WithConfig<object>) =>
      makeContext(config, (context) => setEncryption(context, id, policy)),
    );
  command('fetch-key', 'fetches the keys from its JWKS address and registers the address')
    .argument('<id>')
    .option('--url <url>', 'JWKS address, instead of the registered one')
    .action((id: string, options: WithConfig<{ url?: string }>) =>
      makeContext(options.config, (context) => fetchKey(context, id, options)),
    );
};

const registerRights = (command: Make, makeContext: MakeContext): void => {
  command('grant', 'gives rights on a registry; what is not named stays as it is')
    .argument('<id>')
    .argument('<registry>')
    .option('--record <type>', 'Person, Group, Member')
    .option('--attributes <paths>', 'what it may search by: birth_date,name.surname, or all', readAllowed)
    .option('--fields <paths>', 'what it may see: identifier,name, or all', readAllowed)
    .option('--identifier-types <types>', 'which identifiers it may search and see, or all', readAllowed)
    .option('--rows <query>', 'only records that satisfy this query, as JSON; "" takes it away')
    .addOption(
      new Option('--width <width>', 'how wide it may search').choices([
        'identifiers',
        'selective',
        'any',
      ] satisfies SearchWidth[]),
    )
    .option('--actions <actions>', 'search,subscribe,…, or all', readAllowed)
    .option('--scopes <names>', 'the registry\'s scopes of fields that it is given; "" takes them away', readNames)
    .action((id: string, registry: string, options: WithConfig<GrantOptions>) =>
      makeContext(options.config, (context) => grantRights(context, id, registry, options)),
    );
  command('set-purpose', 'lets it act for a purpose; what is not named stays as it is')
    .argument('<id>')
    .argument('<registry>')
    .argument('<purpose>', 'as requests name it, in consent or authorize')
    .addOption(new Option('--basis <basis>', 'on what legal ground').choices(LEGAL_BASES))
    .option('--scopes <names>', 'the scopes of fields that this purpose is held to; "" takes them away', readNames)
    .option('--default', 'requests that name no purpose are made for this one')
    .action((id: string, registry: string, purpose: string, options: WithConfig<PurposeOptions>) =>
      makeContext(options.config, (context) => setPurpose(context, id, registry, purpose, options)),
    );
  command('end-purpose', 'it may act for a purpose no more')
    .argument('<id>')
    .argument('<registry>')
    .argument('<purpose>')
    .action((id: string, registry: string, purpose: string, { config }: WithConfig<object>) =>
      makeContext(config, (context) => endPurpose(context, id, registry, purpose)),
    );
  command('revoke', 'takes rights on a registry, or on one record type, away')
    .argument('<id>')
    .argument('<registry>')
    .option('--record <type>', 'only this record type')
    .action((id: string, registry: string, options: WithConfig<{ record?: string }>) =>
      makeContext(options.config, (context) => revokeRights(context, id, registry, options)),
    );
};

const registerOutput = (command: Make, makeContext: MakeContext): void => {
  command('set-output', 'says how records are written for it; what is not named stays as it is')
    .argument('<id>')
    .addOption(
      new Option('--profile <profile>', 'openspp: the camelCase records of older clients').choices(OUTPUT_PROFILES),
    )
    .addOption(new Option('--values <values>', 'what stands in coded fields').choices(OUTPUT_VALUES))
    .addOption(
      new Option('--identifier-types <types>', 'what stands as the type of an identifier').choices(IDENTIFIER_TYPES),
    )
    .option(
      '--type-name <type=name...>',
      'a name for an identifier type, for this partner: urn:gov:national-id="National ID"',
    )
    .option('--no-type-names', 'takes the names of its own away')
    .action((id: string, options: WithConfig<OutputOptions>) =>
      makeContext(options.config, (context) => setOutput(context, id, options)),
    );
};

/** `a,b,c`, `all`, or nothing at all for an empty text. */
const readAllowed = (text: string): Allowed => (text === 'all' ? 'all' : readNames(text));

const readNames = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
