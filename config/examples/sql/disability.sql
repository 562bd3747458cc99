-- A disability register: persons, their assessment, impairments and support, with invented people.
-- sqlite3 var/disability.db < config/examples/sql/disability.sql
create table person (
  person_no integer primary key,
  national_id text unique,
  family_name text not null,
  given_name text,
  gender char(1),
  birth_date date,
  phone text
);
create table assessment (
  case_no text primary key,
  person_no integer not null unique references person (person_no),
  outcome char(1) not null,      -- A approved, P pending, E expired
  severity char(1),              -- H high support needs, S severe, M moderate, L mild
  transport char(1),             -- P public, D door to door, V adapted vehicle
  housing char(1),               -- O own, R relatives, S social, C care institution
  opened_at datetime not null default current_timestamp,
  changed_at datetime not null default current_timestamp,
  closed boolean not null default 0
);
create index assessment_changed on assessment (changed_at);
create table impairment (
  impairment_id integer primary key,
  case_no text not null references assessment (case_no),
  kind char(1),                  -- V vision, H hearing, M mobility, C cognitive, S speech
  severity char(1),              -- L mild, M moderate, S severe, X extreme
  cause text,                    -- BIRTH, ILLNESS, ROAD
  since text                     -- BIRTH, CHILD, ADULT, OLD
);
create index impairment_case on impairment (case_no);
create table support (
  support_id integer primary key,
  case_no text not null references assessment (case_no),
  field char(1) not null,        -- H human, T technology, A animal, R rooms, C care
  kind text,
  how_often char(1),             -- P permanent, D daily, W weekly, O occasional
  received boolean not null default 0,
  carer_name text,
  since datetime
);
create index support_case on support (case_no);
create table programme (
  case_no text not null references assessment (case_no),
  code text not null,
  name text,
  primary key (case_no, code)
);

insert into person values
  (1, 'ABC451123', 'Doe', 'John', 'M', '1990-05-15', null),
  (2, 'ABC451124', 'Ochieng', 'Grace', 'F', '2001-02-03', '+254700000002'),
  (3, 'ABC451125', 'Mwangi', 'Peter', 'M', '1960-12-24', null),
  (4, 'ABC451126', 'Closed', 'Case', 'F', '1950-01-01', null);
insert into assessment values
  ('C-1', 1, 'A', 'S', 'V', 'S', '2023-01-10 00:00:00', '2023-09-20 00:00:00', 0),
  ('C-2', 2, 'P', null, null, null, '2024-03-01 09:00:00', '2024-03-01 09:00:00', 0),
  ('C-3', 3, 'A', 'L', 'P', 'O', '2020-01-10 00:00:00', '2021-09-20 00:00:00', 0),
  ('C-4', 4, 'A', 'S', null, null, '2019-01-10 00:00:00', '2019-09-20 00:00:00', 1);
insert into impairment values
  (1, 'C-1', 'M', 'S', 'ROAD', 'ADULT'),
  (2, 'C-1', 'V', 'L', 'ILLNESS', 'CHILD'),
  (3, 'C-3', 'H', 'L', null, 'OLD');
insert into support values
  (1, 'C-1', 'H', 'mobility', 'D', 0, 'Jane Doe', '2024-01-15 10:00:00'),
  (2, 'C-1', 'T', 'W', 'P', 1, null, '2023-05-20 09:00:00'),
  (3, 'C-1', 'R', 'home_adaptation', null, 0, null, null);
insert into programme values ('C-1', 'AD234', 'Financial assistance');
