-- A beneficiary list as an office program of 2009 kept it, with invented beneficiaries. Types are what its tool wrote.
-- sqlite3 var/beneficiaries.db < config/examples/sql/sqlite.sql
create table T_BENEF (
  BENEF_ID INT(9) not null primary key,
  CARD_NO CHAR(10),
  LASTNAME NVARCHAR(40) collate nocase,
  FIRSTNAME NVARCHAR(40) collate nocase,
  GENDER TINYINT,                -- 1 and 2; 9 was "not asked"
  BIRTH DATETIME,                -- text: 31/12/1975
  ENROLLED CHAR(8),              -- text: 20090131
  FAMILY_ID INT(9),
  IS_CHIEF BIT,                  -- -1 is true
  DISABLED CHAR(1),              -- S or N
  PHONES TEXT,                   -- several, with ; in between
  STATUS CHAR(1) not null        -- A active, X struck off
);
create index IX_CARD on T_BENEF (CARD_NO);
create index IX_NAME on T_BENEF (LASTNAME);
create index IX_FAMILY on T_BENEF (FAMILY_ID);
create table T_FAMILY (
  FAMILY_ID INT(9) not null primary key,
  VILLAGE VARCHAR(30),
  SCORE CURRENCY,
  CHANGED TIMESTAMP
);

insert into T_FAMILY values
  (10, 'Vila Nova', 12.5, '2009-11-30 08:00:00'),
  (11, '', 100, '2010-02-01 17:45:30');
insert into T_BENEF values
  (1, '0000012345', 'SANTOS', 'MARIA', 2, '31/12/1975', '20090131', 10, -1, 'N', '900000001; 900000002', 'A'),
  (2, '12345', 'Santos', 'João', 1, '01/02/1970', '20090131', 10, 0, 'S', '', 'A'),
  (3, null, 'SANTOS ', 'ANA', 9, '', '20091231', 10, 0, null, null, 'A'),
  (4, '0000012346', 'CONCEIÇÃO', 'PEDRO', 1, '30/02/1980', '00000000', 11, -1, 'N', null, 'A'),
  (5, '0000012347', 'SANTOS', 'STRUCK OFF', 1, '05/05/1955', '20090201', 11, 0, 'N', null, 'X');
