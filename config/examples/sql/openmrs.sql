-- The person tables of an OpenMRS database, with invented persons.
-- create database omrs character set utf8mb3;
-- mariadb omrs < config/examples/sql/openmrs.sql
set names utf8mb4;

create table person (
  person_id int not null auto_increment primary key,
  gender varchar(50),
  birthdate date,
  birthdate_estimated tinyint(1) not null default 0,
  dead tinyint(1) not null default 0,
  death_date datetime,
  date_created datetime not null,
  date_changed datetime,
  voided tinyint(1) not null default 0,
  date_voided datetime,
  uuid char(38) not null unique,
  key person_birthdate (birthdate),
  key person_death_date (death_date)
);
create table person_name (
  person_name_id int not null auto_increment primary key,
  preferred tinyint(1) not null default 0,
  person_id int not null,
  prefix varchar(50),
  given_name varchar(50),
  middle_name varchar(50),
  family_name varchar(50),
  family_name2 varchar(50),
  voided tinyint(1) not null default 0,
  date_created datetime not null,
  key first_name (given_name),
  key last_name (family_name),
  key name_for_person (person_id)
);
create table patient_identifier (
  patient_identifier_id int not null auto_increment primary key,
  patient_id int not null,
  identifier varchar(50) not null,
  identifier_type int not null,
  preferred tinyint(1) not null default 0,
  voided tinyint(1) not null default 0,
  date_created datetime not null,
  key identifier_name (identifier),
  key idx_patient_identifier_patient (patient_id)
);
create table person_address (
  person_address_id int not null auto_increment primary key,
  person_id int,
  preferred tinyint(1) not null default 0,
  address1 varchar(255),
  city_village varchar(255),
  county_district varchar(255),
  state_province varchar(255),
  country varchar(50),
  voided tinyint(1) not null default 0,
  date_created datetime not null,
  key address_for_person (person_id)
);
create table person_attribute (
  person_attribute_id int not null auto_increment primary key,
  person_id int not null,
  value varchar(50) not null,
  person_attribute_type_id int not null,
  voided tinyint(1) not null default 0,
  date_created datetime not null,
  key identifies_person (person_id),
  key attribute_value (value)
);

insert into person (person_id, gender, birthdate, birthdate_estimated, dead, death_date, date_created, date_changed, voided, uuid) values
  (1, 'F', '1985-06-15', 0, 0, null, '2021-03-04 01:30:00', null, 0, '00000000-0000-4000-8000-000000000001'),
  (2, 'M', '1979-01-01', 1, 0, null, '2021-03-04 10:00:00', '2022-01-01 00:00:00', 0, '00000000-0000-4000-8000-000000000002'),
  (3, 'F', '1950-07-12', 0, 1, '2022-05-05 00:00:00', '2021-03-05 10:00:00', null, 0, '00000000-0000-4000-8000-000000000003'),
  (4, 'M', '1990-10-10', 0, 0, null, '2021-03-06 10:00:00', null, 1, '00000000-0000-4000-8000-000000000004'),
  (5, '', null, 0, 0, null, '2021-03-07 10:00:00', null, 0, '00000000-0000-4000-8000-000000000005');
insert into person_name (preferred, person_id, prefix, given_name, middle_name, family_name, voided, date_created) values
  (0, 1, null, 'Wanjikũ', null, 'Girlhood', 0, '2021-03-04 01:30:00'),
  (1, 1, 'Ms', 'Wanjikũ', 'Ann', 'Kamau', 0, '2021-03-04 01:31:00'),
  (1, 1, null, 'Mistyped', null, 'Kamua', 1, '2021-03-04 01:29:00'),
  (1, 2, null, 'Otieno', null, 'Odhiambo', 0, '2021-03-04 10:00:00'),
  (1, 3, null, 'Achieng', null, 'Odhiambo', 0, '2021-03-05 10:00:00'),
  (1, 4, null, 'Voided', null, 'Kamau', 0, '2021-03-06 10:00:00');
insert into patient_identifier (patient_id, identifier, identifier_type, preferred, voided, date_created) values
  (1, 'MRN-0001', 3, 1, 0, '2021-03-04 01:30:00'),
  (1, '0012345', 5, 0, 0, '2021-03-04 01:30:00'),
  (1, 'MRN-OLD', 3, 0, 1, '2020-01-01 00:00:00'),
  (2, 'MRN-0002', 3, 1, 0, '2021-03-04 10:00:00'),
  (2, 'LAB-77', 8, 0, 0, '2021-03-04 10:00:00'),
  (3, '12345', 5, 1, 0, '2021-03-05 10:00:00'),
  (4, 'MRN-0004', 3, 1, 0, '2021-03-06 10:00:00'),
  (5, 'MRN-0005', 3, 1, 0, '2021-03-07 10:00:00');
insert into person_address (person_id, preferred, address1, city_village, county_district, state_province, country, voided, date_created) values
  (1, 1, 'Plot 12', 'Mfano', 'Kaunti A', 'Mashariki', 'XA', 0, '2021-03-04 01:30:00'),
  (1, 0, 'Old road', 'Zamani', 'Kaunti B', 'Magharibi', 'XA', 0, '2019-01-01 00:00:00'),
  (2, 1, null, 'Mfano', 'Kaunti B', 'Magharibi', 'XA', 0, '2021-03-04 10:00:00');
insert into person_attribute (person_id, value, person_attribute_type_id, voided, date_created) values
  (1, '0700000001', 8, 0, '2021-03-04 01:30:00'),
  (1, '0700000009', 8, 1, '2020-01-01 00:00:00'),
  (1, 'teacher', 9, 0, '2021-03-04 01:30:00'),
  (2, '', 8, 0, '2021-03-04 10:00:00');
