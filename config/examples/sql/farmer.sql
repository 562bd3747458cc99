-- A farmer register: households, farmers, their land, crops, animals and machines, with invented people.
-- sqlite3 var/farmer.db < config/examples/sql/farmer.sql
create table household (
  household_no text primary key,
  village text,
  income_score real
);
create table person (
  person_no integer primary key,
  national_id text unique,
  household_no text references household (household_no),
  family_name text not null,
  given_name text,
  gender char(1),
  birth_date date,
  is_head boolean not null default 0,
  is_disabled boolean,
  phone text
);
create index person_household on person (household_no);
create table farmer (
  farmer_no text primary key,
  person_no integer not null references person (person_no),
  registered_at datetime not null default current_timestamp,
  changed_at datetime not null default current_timestamp,
  gave_up_on date
);
create index farmer_person on farmer (person_no);
create index farmer_changed on farmer (changed_at);
create table parcel (
  parcel_id integer primary key,
  farmer_no text not null references farmer (farmer_no),
  place text,
  latitude real,
  longitude real,
  size_class integer             -- 1 subsistence, 2 part-commercial, 5 large
);
create index parcel_farmer on parcel (farmer_no);
create table crop (
  crop_id integer primary key,
  parcel_id integer not null references parcel (parcel_id),
  kind text,                     -- CER cereals, VEG vegetables, FRU fruit
  perennial boolean,
  variety text,
  season text,
  irrigated boolean,
  water text                     -- S surface, G ground, M both
);
create index crop_parcel on crop (parcel_id);
create table crop_use (
  crop_id integer not null references crop (crop_id),
  used_for char(1) not null,     -- H people, A animals, F fuel
  primary key (crop_id, used_for)
);
create table livestock (
  livestock_id integer primary key,
  parcel_id integer not null references parcel (parcel_id),
  animal text,                   -- COW, SHEEP, PIG
  heads integer,
  keeping text                   -- G grazing, X mixed
);
create index livestock_parcel on livestock (parcel_id);
create table machine (
  machine_id integer primary key,
  farmer_no text not null references farmer (farmer_no),
  kind text,                     -- T tractor, M manual
  number integer,
  source text                    -- O own, C of a cooperative
);
create index machine_farmer on machine (farmer_no);

insert into household values ('H-0042', 'Lower Ford', 45.2);
insert into person values
  (1, 'M123456', 'H-0042', 'Doe', 'John', 'M', '1990-05-15', 1, 0, '+255700000001'),
  (2, 'M123457', 'H-0042', 'Doe', 'Jane', 'F', '1992-03-15', 0, 1, null),
  (3, 'M200000', null, 'Mushi', 'Neema', 'F', '1971-09-09', 0, null, null);
insert into farmer values
  ('F-1001', 1, '2023-01-10 08:00:00', '2023-09-20 08:00:00', null),
  ('F-1002', 3, '2019-01-10 08:00:00', '2022-01-01 08:00:00', '2022-01-01');
insert into parcel values (1, 'F-1001', 'Koh Samui', 9.5604, 100.0245, 1), (2, 'F-1001', 'Hillside', null, null, 2);
insert into crop values
  (1, 1, 'FRU', 1, 'local', 'winter', 1, 'M'),
  (2, 1, 'CER', 0, null, 'summer', 0, null);
insert into crop_use values (1, 'H'), (2, 'A'), (2, 'H');
insert into livestock values (1, 1, 'SHEEP', 10, 'X');
insert into machine values (1, 'F-1001', 'T', 2, 'C');
