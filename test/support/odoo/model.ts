/** Models and their rows, as an Odoo server keeps them: empty values are null, times have microseconds, links are numbers. */

export type Cell = string | number | boolean | null | readonly number[];
export type OdooRow = Readonly<Record<string, Cell>> & { readonly id: number };

export interface OdooField {
  readonly type: string;
  readonly relation?: string;
  /** Of a one2many: the field of the other model that leads here. */
  readonly inverse?: string;
  readonly required: boolean;
  /** False: computed when it is read. It can be neither searched nor sorted by. */
  readonly store: boolean;
}

export interface OdooModel {
  readonly name: string;
  readonly fields: ReadonlyMap<string, OdooField>;
  /** `_order` */
  readonly order: string;
}

/** An error as Odoo raises it: a Python class and its text. */
export class OdooError extends Error {
  readonly pythonName: string;

  constructor(pythonName: string, message: string) {
    super(message);
    this.pythonName = pythonName;
  }
}

export const valueError = (message: string): OdooError => new OdooError('builtins.ValueError', message);

/** `char`, `many2one res.partner`, `one2many g2p.reg.id partner_id`; `!` at the end: required, `~`: not stored. */
export const field = (text: string): OdooField => {
  const [type = '', relation, inverse] = text.replace(/[!~]$/, '').split(' ');
  return {
    type,
    required: text.endsWith('!'),
    store: !text.endsWith('~') && type !== 'one2many',
    ...(relation !== undefined && { relation }),
    ...(inverse !== undefined && { inverse }),
  };
};

export class OdooWorld {
  readonly models: ReadonlyMap<string, OdooModel>;
  readonly #rows = new Map<string, Map<number, OdooRow>>();
  /** What a transaction that begins now stamps its rows with. */
  now: () => string = microseconds;

  constructor(models: readonly OdooModel[]) {
    this.models = new Map(models.map((model) => [model.name, model]));
    for (const { name } of models) this.#rows.set(name, new Map());
  }

  model(name: string): OdooModel {
    const model = this.models.get(name);
    if (model === undefined) throw new OdooError('odoo.exceptions.UserError', `Object ${name} doesn't exist`);
    return model;
  }

  rows(name: string): readonly OdooRow[] {
    return [...(this.#rows.get(name)?.values() ?? [])];
  }

  row(name: string, id: number): OdooRow | undefined {
    return this.#rows.get(name)?.get(id);
  }

  /** Rows that a one2many or many2many of this row leads to. */
  linked(model: string, row: OdooRow, name: string): readonly number[] {
    const found = this.model(model).fields.get(name);
    if (found?.inverse === undefined) return (row[name] as readonly number[] | undefined) ?? [];
    const { relation = '', inverse } = found;
    return this.rows(relation).flatMap((each) => (each[inverse] === row.id ? [each.id] : []));
  }

  create(name: string, values: Readonly<Record<string, unknown>>, stamp = this.now()): number {
    const { fields } = this.model(name);
    const table = this.#rows.get(name) ?? new Map();
    const id = typeof values.id === 'number' ? values.id : Math.max(0, ...table.keys()) + 1;
    const defaults = fields.has('active') ? { active: true } : {};
    const stamps = { create_date: stamp, write_date: stamp };
    table.set(id, { ...defaults, ...stamps, ...stored(values), id });
    return id;
  }

  write(name: string, ids: readonly number[], values: Readonly<Record<string, unknown>>, stamp = this.now()): void {
    const table = this.#rows.get(name);
    for (const id of ids) {
      const row = table?.get(id);
      if (row !== undefined) table?.set(id, { ...row, write_date: stamp, ...stored(values) });
    }
  }

  /** Rows whose required link leads to it go with it, as the database does it. */
  unlink(name: string, ids: readonly number[]): void {
    for (const id of ids) {
      if (this.#rows.get(name)?.delete(id) !== true) continue;
      for (const model of this.models.values())
        for (const [link, { type, relation, required }] of model.fields)
          if (type === 'many2one' && relation === name) this.#unlinkLink(model.name, link, id, required);
    }
  }

  #unlinkLink(model: string, link: string, id: number, required: boolean): void {
    const ids = this.rows(model).flatMap((row) => (row[link] === id ? [row.id] : []));
    if (required) this.unlink(model, ids);
    else
      for (const each of ids) this.#rows.get(model)?.set(each, { ...(this.row(model, each) as OdooRow), [link]: null });
  }
}

/** False is an empty value but in a boolean, where both are one to a domain. */
const stored = (values: Readonly<Record<string, unknown>>): Record<string, Cell> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value === undefined ? null : (value as Cell)]),
  );

export const microseconds = (): string => {
  const now = new Date().toISOString();
  const micro = String(Math.floor(performance.now() * 1000) % 1000).padStart(3, '0');
  return `${now.slice(0, 10)} ${now.slice(11, 23)}${micro}`;
};
