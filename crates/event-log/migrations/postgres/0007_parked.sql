-- Facts that wait until their claim is known (inputs, 5). Few, and asked for over all partitions: one table.
CREATE TABLE parked (
  partition  smallint NOT NULL,
  key        bytea    NOT NULL,
  claim      bytea    NOT NULL,
  since      bigint   NOT NULL,
  sealed     bytea    NOT NULL,
  PRIMARY KEY (partition, key)
);
ALTER TABLE parked ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX parked_by_age ON parked (partition, since, key);
CREATE INDEX parked_by_claim ON parked (claim, partition, since, key);
