-- Contact points that nobody may use any more, for whoever is given them later (inputs, 6).
CREATE TABLE suppressed (
  partition  smallint NOT NULL,
  point      bytea    NOT NULL,
  since      bigint   NOT NULL,
  PRIMARY KEY (partition, point)
);
-- Whoever is about to be contacted there is looked for in all partitions.
CREATE INDEX suppressed_anywhere ON suppressed (point, since);
