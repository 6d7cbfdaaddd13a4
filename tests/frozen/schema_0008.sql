-- A store as the first eight migrations made it, with what was in it. Never changed: what is newer must open it.
CREATE TABLE audit_records (
    id          INTEGER PRIMARY KEY,
    kind        TEXT    NOT NULL,
    time        INTEGER NOT NULL,
    event       TEXT    NOT NULL DEFAULT '',
    request_id  TEXT    NOT NULL DEFAULT '',
    trace_id    TEXT    NOT NULL DEFAULT '',
    server      TEXT    NOT NULL DEFAULT '',
    user_id     TEXT    NOT NULL DEFAULT '',
    client      TEXT    NOT NULL DEFAULT '',
    connection  TEXT    NOT NULL DEFAULT '',
    client_ip   TEXT    NOT NULL DEFAULT '',
    revision    TEXT    NOT NULL DEFAULT '',
    method      TEXT    NOT NULL DEFAULT '',
    item        TEXT    NOT NULL DEFAULT '',
    effect      TEXT    NOT NULL DEFAULT '',
    rule        TEXT    NOT NULL DEFAULT '',
    reason      TEXT    NOT NULL DEFAULT '',
    arguments   TEXT    NOT NULL DEFAULT '',
    detail      TEXT    NOT NULL DEFAULT '',
    bytes_in    INTEGER NOT NULL DEFAULT 0,
    http_status INTEGER,
    rpc_code    INTEGER,
    is_error    INTEGER,
    duration_us INTEGER,
    runtime_us  INTEGER,
    bytes_out   INTEGER,
    last        INTEGER
, units INTEGER);
INSERT INTO "audit_records" VALUES(1882193920000000000,'call',1795000000000,'','','','todo','u1','c1','s1','','','tools/call','it''''s; -- odd','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000001,'call',1795000000001,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000002,'call',1795000000002,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000003,'call',1795000000003,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000004,'call',1795000000004,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000005,'call',1795000000005,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000006,'call',1795000000006,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000007,'call',1795000000007,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000008,'call',1795000000008,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000009,'call',1795000000009,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000010,'call',1795000000010,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000011,'call',1795000000011,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000012,'call',1795000000012,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000013,'call',1795000000013,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000014,'call',1795000000014,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000015,'call',1795000000015,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000016,'call',1795000000016,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000017,'call',1795000000017,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000018,'call',1795000000018,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000019,'call',1795000000019,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000020,'call',1795000000020,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000021,'call',1795000000021,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000022,'call',1795000000022,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000023,'call',1795000000023,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000024,'call',1795000000024,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000025,'call',1795000000025,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000026,'call',1795000000026,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000027,'call',1795000000027,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000028,'call',1795000000028,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000029,'call',1795000000029,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000030,'call',1795000000030,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000031,'call',1795000000031,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000032,'call',1795000000032,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000033,'call',1795000000033,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000034,'call',1795000000034,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000035,'call',1795000000035,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000036,'call',1795000000036,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000037,'call',1795000000037,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000038,'call',1795000000038,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000039,'call',1795000000039,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000040,'call',1795000000040,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000041,'call',1795000000041,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000042,'call',1795000000042,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000043,'call',1795000000043,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000044,'call',1795000000044,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000045,'call',1795000000045,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000046,'call',1795000000046,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000047,'call',1795000000047,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000048,'call',1795000000048,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000049,'call',1795000000049,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000050,'call',1795000000050,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000051,'call',1795000000051,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000052,'call',1795000000052,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000053,'call',1795000000053,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000054,'call',1795000000054,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000055,'call',1795000000055,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000056,'call',1795000000056,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000057,'call',1795000000057,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000058,'call',1795000000058,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000059,'call',1795000000059,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000060,'call',1795000000060,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000061,'call',1795000000061,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000062,'call',1795000000062,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000063,'call',1795000000063,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000064,'call',1795000000064,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000065,'call',1795000000065,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000066,'call',1795000000066,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000067,'call',1795000000067,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000068,'call',1795000000068,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000069,'call',1795000000069,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000070,'call',1795000000070,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000071,'call',1795000000071,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000072,'call',1795000000072,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000073,'call',1795000000073,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000074,'call',1795000000074,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000075,'call',1795000000075,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000076,'call',1795000000076,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000077,'call',1795000000077,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000078,'call',1795000000078,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000079,'call',1795000000079,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000080,'call',1795000000080,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000081,'call',1795000000081,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000082,'call',1795000000082,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000083,'call',1795000000083,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000084,'call',1795000000084,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000085,'call',1795000000085,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000086,'call',1795000000086,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000087,'call',1795000000087,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000088,'call',1795000000088,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000089,'call',1795000000089,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000090,'call',1795000000090,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000091,'call',1795000000091,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000092,'call',1795000000092,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000093,'call',1795000000093,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000094,'call',1795000000094,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000095,'call',1795000000095,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000096,'call',1795000000096,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000097,'call',1795000000097,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000098,'call',1795000000098,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000099,'call',1795000000099,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000100,'call',1795000000100,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000101,'call',1795000000101,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000102,'call',1795000000102,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000103,'call',1795000000103,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000104,'call',1795000000104,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000105,'call',1795000000105,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000106,'call',1795000000106,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000107,'call',1795000000107,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000108,'call',1795000000108,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000109,'call',1795000000109,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000110,'call',1795000000110,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000111,'call',1795000000111,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000112,'call',1795000000112,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000113,'call',1795000000113,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000114,'call',1795000000114,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000115,'call',1795000000115,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000116,'call',1795000000116,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000117,'call',1795000000117,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000118,'call',1795000000118,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
INSERT INTO "audit_records" VALUES(1882193920000000119,'call',1795000000119,'','','','todo','u1','c1','s1','','','tools/call','list_todos','allow','','','','',0,200,NULL,NULL,1000,900,10,1,1);
CREATE TABLE authorization_codes (
    digest         TEXT    PRIMARY KEY,
    client_id      TEXT    NOT NULL,
    redirect_uri   TEXT    NOT NULL,
    code_challenge TEXT    NOT NULL,
    origin         TEXT    NOT NULL,
    server         TEXT    NOT NULL,
    user_id        TEXT    NOT NULL,
    scopes         TEXT    NOT NULL,
    connection_id  TEXT    NOT NULL,
    auth_time      INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    used           INTEGER NOT NULL DEFAULT 0
);
INSERT INTO "authorization_codes" VALUES('d1','c1','http://localhost/cb?a=b','x','https://mcp.example.com','todo','u1','a','s1',1795000000000,1795000060000,0);
CREATE TABLE browser_sessions (
    digest       TEXT    PRIMARY KEY,
    last_used_at INTEGER NOT NULL
);
INSERT INTO "browser_sessions" VALUES('b1',1795000000000);
CREATE TABLE budget_counts (
    budget       TEXT    NOT NULL,
    account      TEXT    NOT NULL,
    window_start INTEGER NOT NULL,
    window_end   INTEGER NOT NULL,
    -- All leases included, spent or not.
    used         INTEGER NOT NULL,
    warned       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (budget, account, window_start)
);
INSERT INTO "budget_counts" VALUES('b','user=u1',1795000000000,1795086400000,17,0);
CREATE TABLE budget_leases (
    owner        TEXT    NOT NULL,
    id           INTEGER NOT NULL,
    budget       TEXT    NOT NULL,
    account      TEXT    NOT NULL,
    window_start INTEGER NOT NULL,
    window_end   INTEGER NOT NULL,
    amount       INTEGER NOT NULL,
    PRIMARY KEY (owner, id)
);
CREATE TABLE budget_slots (
    owner      TEXT    NOT NULL,
    budget     TEXT    NOT NULL,
    account    TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (budget, account, owner)
);
CREATE TABLE clients (
    origin        TEXT    NOT NULL,
    id            TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    name          TEXT    NOT NULL DEFAULT '',
    client_uri    TEXT    NOT NULL DEFAULT '',
    redirect_uris TEXT    NOT NULL DEFAULT '[]',
    disabled      INTEGER NOT NULL DEFAULT 0,
    first_seen_at INTEGER NOT NULL, auth_method TEXT NOT NULL DEFAULT 'none', jwks TEXT NOT NULL DEFAULT '', jwks_uri TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (origin, id)
);
INSERT INTO "clients" VALUES('https://mcp.example.com','c1','dynamic','Client','','["http://localhost/cb"]',0,1795000000000,'none','','');
CREATE TABLE connections (
    id            TEXT    PRIMARY KEY,
    user_id       TEXT    NOT NULL,
    client_id     TEXT    NOT NULL,
    client_name   TEXT    NOT NULL DEFAULT '',
    origin        TEXT    NOT NULL,
    server        TEXT    NOT NULL,
    redirect_host TEXT    NOT NULL DEFAULT '',
    scopes        TEXT    NOT NULL DEFAULT '',
    auth_time     INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    revoked_at    INTEGER
);
INSERT INTO "connections" VALUES('s1','u1','c1','Client','https://mcp.example.com','todo','localhost','a b',1795000000000,1795000000000,1795000000000,1797592000000,NULL);
CREATE TABLE consents (
    user_id       TEXT    NOT NULL,
    client_id     TEXT    NOT NULL,
    server        TEXT    NOT NULL,
    redirect_host TEXT    NOT NULL,
    scopes        TEXT    NOT NULL,
    given_at      INTEGER NOT NULL,
    PRIMARY KEY (user_id, client_id, server, redirect_host)
);
INSERT INTO "consents" VALUES('u1','c1','todo','localhost','a b',1795000000000);
CREATE TABLE downstream_clients (
    generation TEXT PRIMARY KEY,
    profile TEXT NOT NULL,
    issuer TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    retired INTEGER NOT NULL
);
CREATE TABLE grant_legs (
    digest TEXT PRIMARY KEY,
    browser_digest TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    server TEXT NOT NULL,
    profile TEXT NOT NULL,
    issuer TEXT NOT NULL,
    issuer_promised INTEGER NOT NULL,
    redirect_uri TEXT NOT NULL,
    client_generation TEXT NOT NULL,
    scopes TEXT NOT NULL,
    sealed BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    used INTEGER NOT NULL
);
CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    server TEXT NOT NULL,
    profile TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_generation TEXT NOT NULL,
    scopes TEXT NOT NULL,
    sealed BLOB NOT NULL,
    renewable INTEGER NOT NULL,
    account_subject TEXT NOT NULL,
    account_email TEXT NOT NULL,
    obtained_at INTEGER NOT NULL,
    token_expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    state INTEGER NOT NULL,
    lease_owner TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    UNIQUE (user_id, server)
);
INSERT INTO "grants" VALUES('g1','u1','todo','todo','https://auth.example','static','todos.read',X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF',1,'alice','alice@example.com',1795000000000,1795000300000,1795000000000,1795000000000,3,0,'',0);
CREATE TABLE journal_positions (
    segment   TEXT    PRIMARY KEY,
    position  INTEGER NOT NULL
);
CREATE TABLE pauses (
    kind      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    label     TEXT    NOT NULL,
    paused_at INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
);
INSERT INTO "pauses" VALUES('tool','todo/delete','todo/delete',1795000000000);
CREATE TABLE pending_grants (
    id TEXT PRIMARY KEY,
    server TEXT NOT NULL,
    profile TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_generation TEXT NOT NULL,
    scopes TEXT NOT NULL,
    sealed BLOB NOT NULL,
    renewable INTEGER NOT NULL,
    account_subject TEXT NOT NULL,
    account_email TEXT NOT NULL,
    obtained_at INTEGER NOT NULL,
    token_expires_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE TABLE refresh_tokens (
    digest           TEXT    PRIMARY KEY,
    connection_id    TEXT    NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    issued_at        INTEGER NOT NULL,
    retired_at       INTEGER,
    successor_digest TEXT    NOT NULL DEFAULT '',
    -- The successor, sealed under a key that only its predecessor yields; NULL once grace is over.
    successor_box    BLOB
);
INSERT INTO "refresh_tokens" VALUES('r0','s1',1795000000000,1795000000001,'r1',X'00626F78FF');
INSERT INTO "refresh_tokens" VALUES('r1','s1',1795000000001,NULL,'',NULL);
CREATE TABLE revoked_tokens (
    jti        TEXT    PRIMARY KEY,
    expires_at INTEGER NOT NULL
);
INSERT INTO "revoked_tokens" VALUES('j1',1795003600000);
CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL);
INSERT INTO "schema_migrations" VALUES(1,'users',1795000000000);
INSERT INTO "schema_migrations" VALUES(2,'oauth',1795000000000);
INSERT INTO "schema_migrations" VALUES(3,'flow',1795000000000);
INSERT INTO "schema_migrations" VALUES(4,'grants',1795000000000);
INSERT INTO "schema_migrations" VALUES(5,'audit',1795000000000);
INSERT INTO "schema_migrations" VALUES(6,'budgets',1795000000000);
INSERT INTO "schema_migrations" VALUES(7,'audit_units',1795000000000);
INSERT INTO "schema_migrations" VALUES(8,'client_keys',1795000000000);
CREATE TABLE sealed_keys (
    id         TEXT    PRIMARY KEY,
    purpose    TEXT    NOT NULL,
    box        BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    sign_from  INTEGER NOT NULL
);
CREATE TABLE signed_in (
    session   TEXT    NOT NULL REFERENCES browser_sessions (digest) ON DELETE CASCADE,
    source    TEXT    NOT NULL,
    user_id   TEXT    NOT NULL,
    auth_time INTEGER NOT NULL,
    PRIMARY KEY (session, source)
);
INSERT INTO "signed_in" VALUES('b1','local','u1',1795000000000);
CREATE TABLE transactions (
    id             TEXT    PRIMARY KEY,
    purpose        INTEGER NOT NULL,
    stage          INTEGER NOT NULL,
    browser_digest TEXT    NOT NULL,
    source         TEXT    NOT NULL,
    origin         TEXT    NOT NULL,
    client_id      TEXT    NOT NULL,
    redirect_uri   TEXT    NOT NULL,
    code_challenge TEXT    NOT NULL,
    login_hint     TEXT    NOT NULL,
    state          TEXT,
    asked_scopes   TEXT    NOT NULL,
    prompts        INTEGER NOT NULL,
    max_age        INTEGER,
    server         TEXT    NOT NULL,
    scopes         TEXT    NOT NULL,
    user_id        TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL
);
CREATE TABLE used_assertions (
    digest     TEXT    PRIMARY KEY,
    expires_at INTEGER NOT NULL
);
CREATE TABLE users (
    id              TEXT    PRIMARY KEY,
    source          TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    name            TEXT    NOT NULL DEFAULT '',
    email           TEXT    NOT NULL DEFAULT '',
    email_verified  INTEGER NOT NULL DEFAULT 0,
    group_names     TEXT    NOT NULL DEFAULT '[]',
    disabled        INTEGER NOT NULL DEFAULT 0,
    password_hash   TEXT    NOT NULL DEFAULT '',
    -- What a local user may type to sign in, in lower case; NULL for everybody else.
    login           TEXT    UNIQUE,
    login_email     TEXT    UNIQUE,
    created_at      INTEGER NOT NULL,
    last_sign_in_at INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source, subject)
);
INSERT INTO "users" VALUES('u1','local','alice','Alice Ädler','alice@example.com',1,'["staff"]',0,'$argon2id$frozen','alice','alice@example.com',1795000000000,0);
INSERT INTO "users" VALUES('u2','corp','bob','','',0,'[]',0,'',NULL,NULL,1795000000000,0);
CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at);
CREATE INDEX connections_by_user ON connections (user_id, server);
CREATE INDEX connections_by_revocation ON connections (revoked_at);
CREATE INDEX refresh_tokens_by_connection ON refresh_tokens (connection_id);
CREATE INDEX refresh_tokens_by_grace ON refresh_tokens (retired_at) WHERE successor_box IS NOT NULL;
CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_at);
CREATE INDEX browser_sessions_by_use ON browser_sessions (last_used_at);
CREATE INDEX signed_in_by_user ON signed_in (user_id);
CREATE INDEX transactions_by_expiry ON transactions (expires_at);
CREATE INDEX transactions_by_source ON transactions (source, created_at);
CREATE INDEX grant_legs_expires_at ON grant_legs (expires_at);
CREATE INDEX pending_grants_expires_at ON pending_grants (expires_at);
CREATE INDEX downstream_clients_profile ON downstream_clients (profile, fingerprint);
CREATE INDEX budget_counts_by_end ON budget_counts (window_end);
CREATE INDEX budget_leases_by_end ON budget_leases (window_end);
CREATE INDEX budget_slots_by_owner ON budget_slots (owner);
CREATE INDEX used_assertions_by_expiry ON used_assertions (expires_at);
