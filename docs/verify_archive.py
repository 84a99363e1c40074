"""Recomputes every digest of an archive: python3 verify_archive.py FOLDER. Standard library only."""
import hashlib, json, pathlib, re, sqlite3, sys

sha = lambda data: hashlib.sha256(data).hexdigest()
folder = pathlib.Path(sys.argv[1])
if any(log.stat().st_size for log in folder.glob("archive.db-wal")):
    sys.exit("archive.db-wal holds changes: run sync, then this")
db = sqlite3.connect(f"{(folder / 'archive.db').resolve().as_uri()}?mode=ro&immutable=1", uri=True)
db.text_factory = bytes
bad = []

def check(fits, what):
    if not fits:
        bad.append(what)

def netstring(part):
    return b"-," if part is None else b"%d:%s," % (len(part), part)

# Entries: raw JSON against its hash, key against its parts.
URL = re.compile(rb'("download_url")[ \t\r\n]*:[ \t\r\n]*"(?:[^"\\]|\\.)*"', re.S)
KINDS = (b"sent", b"edited", b"deleted")
open_units = {row[0] for row in db.execute("SELECT id FROM units")}
units, keys = {}, {}
for number, session, kind, key, stamp, action, message, raw, stored, unit in db.execute(
        "SELECT e.id, s.id, kind, key, timestamp, action_timestamp, message_id, raw, raw_sha256, unit "
        "FROM entries e JOIN sessions s ON s.no = e.session"):
    keys[number] = key.hex()
    stamp, action = (None if value is None else b"%d" % value for value in (stamp, action if kind else None))
    whole = message is not None and stamp is not None and (kind == 0 or action is not None)
    content = None if whole else sha(URL.sub(rb"\1", raw)).encode()
    parts = (KINDS[kind], session, message, stamp, action, content)
    check(sha(raw) == stored.hex(), f"entry {number}: raw JSON")
    check(sha(b"".join(map(netstring, parts))) == key.hex(), f"entry {number}: key")
    units.setdefault(unit, []).append(f"{key.hex()} {stored.hex()}\n")
for number, entry, raw, stored, unit in db.execute("SELECT id, entry, raw, raw_sha256, unit FROM versions"):
    check(sha(raw) == stored.hex(), f"version {number}: raw JSON")
    units.setdefault(unit, []).append(f"{keys[entry]} {stored.hex()}\n")
for number, session, raw, stored, unit in db.execute(
        "SELECT l.id, s.id, raw, raw_sha256, unit FROM listings l JOIN sessions s ON s.no = l.session"):
    check(sha(raw) == stored.hex(), f"listing {number}: raw JSON")
    units.setdefault(unit, []).append(f"{sha(session)} {stored.hex()}\n")
for entry, place, digest, size, unit in db.execute(
        "SELECT entry, place, sha256, bytes, unit FROM attachments WHERE state = 'stored'"):
    name = digest.hex()
    file = folder / "files" / name[:2] / name
    check(file.is_file() and file.stat().st_size == size and sha(file.read_bytes()) == name, f"file {name}")
    units.setdefault(unit, []).append(f"{keys[entry]}:{place} {name}\n")

# The ledger: its chain, and each unit's digest.
head, number = bytes(32), 0
for number, (no, body, stored) in enumerate(db.execute("SELECT no, body, hash FROM ledger ORDER BY no"), 1):
    check(no == number and sha(head + body) == stored.hex(), f"ledger row {no}")
    head, row = stored, json.loads(body)
    if "unit" in row:
        lines = sorted(units.pop(row["unit"], []))
        check(len(lines) == row["rows"] and sha("".join(lines).encode()) == row["digest"], f"unit {row['unit']}")
bad += [f"unit {unit}: not in the ledger" for unit in units if unit not in open_units]
print("\n".join(bad) or f"whole: {number} ledger rows, {len(keys)} entries, head {head.hex()}")
sys.exit(7 if bad else 0)
