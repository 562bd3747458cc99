-- A civil register: citizens and the acts of their lives, with invented people.
-- sqlite3 var/crvs.db < config/examples/sql/crvs.sql
create table office (
  code text primary key,
  name text not null,
  district text,
  latitude real,
  longitude real
);
create table citizen (
  uin text primary key,
  family_name text not null,
  given_names text,
  maiden_name text,
  sex char(1),                   -- m, f, x; empty: not written down
  born date,
  born_at text references office (code),
  died date,
  died_at text references office (code),
  civil_status char(1),          -- 1 single, 2 married, 3 widowed, 4 divorced
  mother_uin text,
  father_uin text,
  phone text,
  street text,
  district text,
  entered_at datetime not null default current_timestamp,
  changed_at datetime not null default current_timestamp,
  cancelled boolean not null default 0
);
create index citizen_changed on citizen (changed_at);
create index citizen_name on citizen (family_name);
-- One row for each person that an act is about: a marriage has two.
create table act (
  act_id integer primary key,
  act_no text not null,
  kind char(1) not null,         -- B birth, D death, F fetal death, M marriage, V divorce, A adoption
  happened_on date not null,
  office text references office (code),
  uin text references citizen (uin),
  registered_at datetime not null default current_timestamp,
  struck_out boolean not null default 0
);
create index act_number on act (act_no);
create index act_citizen on act (uin);
create index act_registered on act (registered_at);

insert into office values
  ('D01', 'Port Clarence General Hospital', 'D-01', 9.5604, 100.0245),
  ('D02', 'Civil Office Upper Vale', 'D-02', null, null);
insert into citizen (uin, family_name, given_names, maiden_name, sex, born, born_at, died, died_at, civil_status, mother_uin, father_uin, phone, street, district, entered_at, changed_at, cancelled) values
  ('197382465', 'Martinez', 'Elena', 'Ruiz', 'f', '1980-03-23', 'D01', null, null, '2', '537564821', '564582793', '+34612345678', '12 Harbour Road', 'D-01', '2001-05-01 08:00:00', '2010-06-12 09:30:00', 0),
  ('197382466', 'Martinez', 'Iker', null, 'm', '1978-11-02', 'D02', null, null, '2', null, null, null, '12 Harbour Road', 'D-01', '2001-05-01 08:00:00', '2010-06-12 09:30:00', 0),
  ('537564821', 'Ruiz', 'Ana', null, 'f', '1955-01-30', null, '2019-08-04', 'D01', '3', null, null, null, null, 'D-02', '2001-05-01 08:00:00', '2019-08-05 10:00:00', 0),
  ('999999999', 'Entered', 'Twice', null, '', null, null, null, null, null, null, null, null, null, null, '2002-01-01 00:00:00', '2003-01-01 00:00:00', 1);
insert into act (act_no, kind, happened_on, office, uin, registered_at, struck_out) values
  ('B-1980-00417', 'B', '1980-03-23', 'D01', '197382465', '1980-03-25 10:00:00', 0),
  ('M-2010-00102', 'M', '2010-06-12', 'D02', '197382465', '2010-06-12 09:30:00', 0),
  ('M-2010-00102', 'M', '2010-06-12', 'D02', '197382466', '2010-06-12 09:30:00', 0),
  ('D-2019-00033', 'D', '2019-08-04', 'D01', '537564821', '2019-08-05 10:00:00', 0),
  ('V-2011-00001', 'V', '2011-02-01', 'D02', '197382465', '2011-02-02 10:00:00', 1);
