-- Contact points that nobody may use any more, for whoever is given them later (inputs, 6).
CREATE TABLE suppressed (
  partition  INTEGER NOT NULL,
  point      BLOB    NOT NULL,
  since      INTEGER NOT NULL,
  PRIMARY KEY (partition, point)
) STRICT, WITHOUT ROWID;
