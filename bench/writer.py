"""The same writer on SQLite, write-ahead log and full sync. Arguments: DIR START (ms since 1970) COUNT NAME."""

import json
import sqlite3
import sys
import time

directory, start, count, name = sys.argv[1:]
row = {"name": "desk", "type": 874, "state": "running", "note": "x" * 120, "count": 0}
db = sqlite3.connect(f"{directory}/bench.db", timeout=60, isolation_level=None)
if name == "make":
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("CREATE TABLE vgpu (id INTEGER PRIMARY KEY, data TEXT)")
    db.execute("CREATE TABLE operation (id TEXT PRIMARY KEY)")
    db.executemany("INSERT INTO vgpu VALUES (?, ?)", [(i, json.dumps(row)) for i in range(32)])
    sys.exit()
db.execute("PRAGMA synchronous=FULL")
while time.time() * 1000 < float(start):
    pass
for done in range(int(count)):
    db.execute("BEGIN IMMEDIATE")
    (data,) = db.execute("SELECT data FROM vgpu WHERE id = ?", (done % 32,)).fetchone()
    value = json.loads(data)
    value["count"] += 1
    db.execute("UPDATE vgpu SET data = ? WHERE id = ?", (json.dumps(value), done % 32))
    db.execute("INSERT INTO operation VALUES (?)", (f"{name}-{done}",))
    db.execute("COMMIT")
print(time.time() * 1000)
