-- A social registry with composite keys, invented: provinces, districts, households and their members.
-- create database reg character set latin1 collate latin1_swedish_ci;
-- mariadb reg < config/examples/sql/composite.sql
set names utf8mb4;
-- The registry was made when a missing date was still written as 0000-00-00.
set sql_mode = '';

create table provincia (
  prov char(2) not null primary key,
  nombre varchar(60) not null
);
create table distrito (
  prov char(2) not null,
  dist char(2) not null,
  nombre varchar(60) not null,
  primary key (prov, dist)
);
create table hogar (
  prov char(2) not null,
  dist char(2) not null,
  hh int unsigned not null,
  direccion varchar(120),
  puntaje decimal(5,2),
  tipo enum('', 'UNIP', 'NUCL', 'EXT'),
  estado enum('A', 'I', 'F') not null default 'A',
  fec_mod timestamp not null default current_timestamp on update current_timestamp,
  primary key (prov, dist, hh)
);
create table persona (
  prov char(2) not null,
  dist char(2) not null,
  hh int unsigned not null,
  mem tinyint unsigned not null,
  dni varchar(12),
  apellidos varchar(80),
  nombres varchar(80),
  sexo enum('H', 'M'),
  fecnac date not null default '0000-00-00',
  tel1 varchar(20),
  tel2 varchar(20),
  tel3 varchar(20),
  parentesco enum('JEFE', 'CONYUGE', 'HIJO', 'OTRO'),
  fallecido bit(1) not null default b'0',
  fec_falle date,
  baja tinyint(1) not null default 0,
  fec_alta datetime,
  fec_mod timestamp not null default current_timestamp on update current_timestamp,
  primary key (prov, dist, hh, mem),
  key (dni),
  key (apellidos),
  key (fecnac)
);

insert into provincia values ('01', 'Costa'), ('02', 'Sierra');
insert into distrito values ('01', '01', 'Puerto Nuevo'), ('01', '02', 'Ñuñoa Baja'), ('02', '01', 'Alto Río');
insert into hogar (prov, dist, hh, direccion, puntaje, tipo, estado) values
  ('01', '01', 7, 'Calle del Peñón 12', 23.50, 'NUCL', 'A'),
  ('01', '02', 7, '', 71.25, 'UNIP', 'A'),
  ('02', '01', 120, 'Camino Viejo s/n', null, '', 'A'),
  ('02', '01', 121, 'Plaza 1', 10.00, 'EXT', 'F');
insert into persona (prov, dist, hh, mem, dni, apellidos, nombres, sexo, fecnac, tel1, tel2, tel3, parentesco, fallecido, fec_falle, baja, fec_alta) values
  ('01', '01', 7, 1, '00123456', 'Muñoz Pérez', 'Ana', 'M', '1984-03-09', '900000001', '', '0', 'JEFE', b'0', null, 0, '2012-05-01 09:30:00'),
  ('01', '01', 7, 2, '123456', 'Munoz Perez', 'José', 'H', '1980-12-31', '', null, '900000002', 'CONYUGE', b'0', null, 0, '2012-05-01 09:31:00'),
  ('01', '01', 7, 3, '', 'MUÑOZ PÉREZ', 'Lucía', 'M', '2015-02-28', null, null, null, 'HIJO', b'0', null, 0, '2015-03-10 08:00:00'),
  ('01', '01', 7, 4, '00999999', 'Muñoz', 'De baja', null, '1950-01-01', '900000009', null, null, 'OTRO', b'0', null, 1, '2012-05-01 09:32:00'),
  ('01', '02', 7, 1, '00123456A', 'García López', 'Pedro', 'H', '0000-00-00', '', '', '', 'JEFE', b'0', null, 0, null),
  ('02', '01', 120, 1, '40000001', 'Quispe Mamani', 'Rosa', 'M', '1900-01-01', '900000003', null, null, 'JEFE', b'0', null, 0, '2013-01-01 00:00:00'),
  ('02', '01', 120, 2, '40000002', 'Quispe Núñez', 'Iván', 'H', '1939-07-12', null, null, null, 'OTRO', b'1', '2020-08-15', 0, '2013-01-01 00:00:00');
