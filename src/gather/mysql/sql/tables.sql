-- One row for every table (T), column (C), part of a unique key (U) and foreign key (F). The last
-- two columns: the place within the table, and a column's default.
SELECT 'T' k, table_schema s, table_name t, '' n, IFNULL(engine, '') a, table_type b,
       IFNULL(create_options, '') c, IFNULL(table_collation, '') d, IFNULL(row_format, '') e,
       0 place, NULL column_default
  FROM information_schema.tables WHERE {tables}
UNION ALL
-- MariaDB writes the default NULL as a word, and quotes a default that is that word.
SELECT 'C', table_schema, table_name, column_name, column_type, extra, is_nullable,
       IFNULL(collation_name, ''), privileges, ordinal_position,
       /*M!100207 NULLIF( */ column_default /*M!100207 , 'NULL') */
  FROM information_schema.columns WHERE {tables}
UNION ALL
SELECT 'U', table_schema, table_name, index_name, column_name, index_type, nullable,
       IFNULL(CAST(sub_part AS CHAR), ''), '', seq_in_index, NULL
  FROM information_schema.statistics WHERE non_unique = 0 AND {tables}
UNION ALL
SELECT 'F', constraint_schema, table_name, constraint_name, delete_rule, update_rule,
       unique_constraint_schema, referenced_table_name, '', 0, NULL
  FROM information_schema.referential_constraints WHERE {constraints}
UNION ALL
-- What gh-ost and pt-online-schema-change leave beside the table they change (L): names only, for
-- which no table is opened.
SELECT 'L', table_schema, table_name, '', '', '', '', '', '', 2, NULL
  FROM information_schema.tables WHERE table_schema IN ({schemas}) AND table_name LIKE '|_%' ESCAPE '|'
   AND (table_name LIKE '%|_gho' ESCAPE '|' OR table_name LIKE '%|_ghc' ESCAPE '|'
        OR table_name LIKE '%|_del' ESCAPE '|' OR table_name LIKE '%|_new' ESCAPE '|'
        OR table_name LIKE '|_|_%|_old' ESCAPE '|')
