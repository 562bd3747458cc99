-- A beneficiary register: who is enrolled in which programme and what was paid, with invented people.
-- sqlite3 var/beneficiary.db < config/examples/sql/beneficiary.sql
create table person (
  person_no integer primary key,
  national_id text unique,
  social_no text unique,
  family_name text not null,
  given_name text,
  gender char(1),
  birth_date date,
  unit char(1) not null default '1',  -- 1 person, 2 household, 3 family
  occupation char(1),
  entered_at datetime not null default current_timestamp,
  changed_at datetime not null default current_timestamp,
  left_on date
);
create index person_changed on person (changed_at);
create table programme (
  code text primary key,
  name text not null,
  kind text
);
create table enrolment (
  enrolment_id integer primary key,
  person_no integer not null references person (person_no),
  programme text not null references programme (code),
  enrolled_on date,
  status char(1) not null,       -- A active, D deceased, G graduated, S suspended
  status_since date,
  changed_at datetime not null default current_timestamp
);
create index enrolment_person on enrolment (person_no);
create index enrolment_programme on enrolment (programme);
create index enrolment_changed on enrolment (changed_at);
create table payment (
  payment_id integer primary key,
  enrolment_id integer not null references enrolment (enrolment_id),
  paid_on date,
  kind char(1),                  -- C cash, V voucher, K in kind
  amount text,
  every text
);
create index payment_enrolment on payment (enrolment_id);
-- What others send to /sync/enrollment/updates waits here for the register's own staff or program: nothing above is written to.
create table enrolment_inbox (
  message_key text primary key,  -- the same for the same content: see accept in the mapping
  partner text not null,
  received_at datetime not null,
  national_id text not null,
  programme text not null,
  status char(1),
  enrolled_on date,
  content text not null,         -- the beneficiary as it was sent, JSON
  taken_over boolean not null default 0
);

insert into person values
  (1, '0205202401', 'HS0205202401', 'Test3', 'Test', 'F', '2004-05-02', '1', '5', '2024-05-02 08:00:00', '2024-05-02 08:00:00', null),
  (2, '0205202402', 'HS0205202402', 'Banda', 'Chikondi', 'M', '1966-07-07', '2', null, '2021-01-01 08:00:00', '2022-01-01 08:00:00', null),
  (3, '0205202403', 'HS0205202403', 'Phiri', 'Never', 'F', '1999-09-09', '1', null, '2021-01-01 08:00:00', '2022-01-01 08:00:00', null),
  (4, '0205202404', 'HS0205202404', 'Zulu', 'Gone', 'M', '1940-01-01', '1', null, '2020-01-01 08:00:00', '2020-06-01 08:00:00', '2020-06-01');
insert into programme values
  ('DCI001', 'Test Programme', '1'),
  ('DCI002', 'School Meals', '5');
insert into enrolment values
  (1, 1, 'DCI001', '2024-02-02', 'A', '2024-02-02', '2024-02-02 08:00:00'),
  (2, 2, 'DCI001', '2021-01-01', 'G', '2022-01-01', '2022-01-01 08:00:00'),
  (3, 2, 'DCI002', '2022-01-01', 'A', '2022-01-01', '2022-01-01 08:00:00'),
  (4, 4, 'DCI001', '2020-01-01', 'D', '2020-06-01', '2020-06-01 08:00:00');
insert into payment values
  (1, 1, '2024-05-02', 'C', 'USD 50', 'Monthly'),
  (2, 1, '2024-06-02', 'C', 'USD 50', 'Monthly');
