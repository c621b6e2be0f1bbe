-- Bodies of upstream messages that were refused, sealed: the stream's entry holds the reference (personal data, 3).
CREATE TABLE refused (
  reference  bytea   PRIMARY KEY,
  tenant     text    NOT NULL,
  at         bigint  NOT NULL,
  sealed     bytea   NOT NULL
);
ALTER TABLE refused ALTER COLUMN sealed SET STORAGE EXTERNAL;
