-- A small shop: fill, index, join, group, update, delete.
CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, price INTEGER);
CREATE TABLE sale(id INTEGER PRIMARY KEY, item INTEGER, day INTEGER, count INTEGER, note TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
  INSERT INTO item SELECT i, 'item-' || (i * 7919 % 400), i * 31 % 97 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
  INSERT INTO sale SELECT i, i * 7919 % 400 + 1, i % 365, i % 9, printf('%.*c', i % 60, 'x') FROM n;
CREATE INDEX sale_by_item ON sale(item, day);
SELECT name, sum(count * price) AS total FROM item JOIN sale ON sale.item = item.id
  GROUP BY item.id ORDER BY total DESC, name LIMIT 5;
SELECT day / 30, count(*), avg(length(note)), group_concat(DISTINCT count) FROM sale GROUP BY 1;
UPDATE sale SET note = upper(note) || note WHERE day % 7 = 3;
DELETE FROM sale WHERE item % 5 = 0;
SELECT count(*), total(length(note)) FROM sale;
