-- A civil register that keeps every version of a citizen's row, with invented citizens.
-- createdb civil && psql civil < config/examples/sql/postgres.sql
create schema civil;
create type civil.sex as enum ('m', 'f', 'x');

-- Each change closes the current row and adds another: the current one has no valid_to.
create table civil.citizen (
  citizen_no bigint not null,
  version integer not null,
  valid_from timestamptz not null,
  valid_to timestamptz,
  family_name text,
  given_names text,
  birth_name text,
  -- Kept by the register for its own search: lower case, no accents.
  name_search text,
  sex civil.sex,
  born date,
  born_is_estimated boolean not null default false,
  died date,
  civil_status smallint,
  contact jsonb not null default '{}',
  deleted_at timestamptz,
  primary key (citizen_no, version)
);
create unique index citizen_current on civil.citizen (citizen_no) where valid_to is null;
create index citizen_name on civil.citizen (name_search) where valid_to is null;
create index citizen_born on civil.citizen (born) where valid_to is null;

create table civil.document (
  document_id uuid primary key,
  citizen_no bigint not null,
  kind smallint not null,
  number text not null,
  withdrawn_on date
);
create index document_number on civil.document (number);
create index document_citizen on civil.document (citizen_no);

create table civil.district (
  code text primary key,
  name text not null,
  parent text references civil.district
);
create table civil.household (
  household_no integer primary key,
  district text not null references civil.district,
  line text,
  score numeric(6, 2),
  dissolved_on date
);
create table civil.residence (
  residence_id bigint primary key,
  citizen_no bigint not null,
  household_no integer not null references civil.household,
  is_head boolean not null default false,
  since date not null,
  until date
);
create index residence_household on civil.residence (household_no);
create index residence_citizen on civil.residence (citizen_no);

insert into civil.citizen values
  (1001, 1, '2015-01-01 10:00+03', '2019-06-01 12:00+03', 'Abebe', 'ማርታ', null, 'abebe', 'f', '1991-03-08', false, null, 1, '{}', null),
  (1001, 2, '2019-06-01 12:00+03', null, 'Tesfaye', 'ማርታ', 'Abebe', 'tesfaye', 'f', '1991-03-08', false, null, 2, '{"phone": "+99911110001", "email": "marta@example.org"}', null),
  (1002, 1, '2015-01-01 10:00+03', null, 'Tesfaye', 'Dawit', null, 'tesfaye', 'm', '1988-01-01', true, null, 2, '{"phone": ""}', null),
  (1003, 1, '2021-09-10 23:30+00', null, 'Tesfaye', 'Zoë', null, 'tesfaye', 'f', '2021-09-01', false, null, 1, '{}', null),
  (1004, 1, '2015-01-01 10:00+03', null, 'Müller', 'Änne', null, 'muller', null, null, false, '2020-02-29', null, '{}', null),
  (1005, 1, '2015-01-01 10:00+03', null, 'Entered', 'Twice', null, 'entered', 'x', '1970-01-01', false, null, null, '{}', '2016-01-01 00:00+03');
insert into civil.document values
  ('00000000-0000-4000-8000-000000000001', 1001, 1, '000123', null),
  ('00000000-0000-4000-8000-000000000002', 1001, 2, 'XA-55', '2020-01-01'),
  ('00000000-0000-4000-8000-000000000003', 1001, 2, 'XA-56', null),
  ('00000000-0000-4000-8000-000000000004', 1002, 1, '123', null),
  ('00000000-0000-4000-8000-000000000005', 1004, 1, '123 ', null),
  ('00000000-0000-4000-8000-000000000006', 1005, 1, '000555', null);
insert into civil.district values ('XA', 'Isla de Muestra', null), ('XA-1', 'Ambo', 'XA'), ('XA-1-1', 'Ambo Riverside', 'XA-1');
insert into civil.household values
  (7, 'XA-1-1', 'River road 3', 41.50, null),
  (8, 'XA-1', null, null, '2018-01-01');
insert into civil.residence values
  (1, 1001, 7, false, '2019-06-01', null),
  (2, 1002, 7, true, '2015-01-01', null),
  (3, 1003, 7, false, '2021-09-01', null),
  (4, 1004, 7, false, '2015-01-01', '2020-02-29'),
  (5, 1001, 8, true, '2015-01-01', '2018-01-01');
