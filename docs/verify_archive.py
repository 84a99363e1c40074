"""Recomputes all facts of an archive, and the main columns that follow from them: python3 verify_archive.py FOLDER.
Standard library only. Exits with 7 where something is not as it was written."""
import hashlib, json, os, pathlib, re, sqlite3, sys

# What cannot be read at all is not what was written either.
bad = []
sys.excepthook = lambda kind, *_: (print("\n".join(bad + [f"it cannot be read: {kind.__name__}"]), flush=True), os._exit(7))
sha = lambda data: hashlib.sha256(data).hexdigest()
folder = pathlib.Path(sys.argv[1])
if any(log.stat().st_size for log in folder.glob("archive.db-[wj]*")):
    sys.exit("a log beside archive.db holds changes: run sync, then this")
db = sqlite3.connect(f"{(folder / 'archive.db').resolve().as_uri()}?mode=ro&immutable=1", uri=True)
db.text_factory = bytes
if db.execute("PRAGMA user_version").fetchone()[0] != 2:
    sys.exit("this is no archive of format 2: run rebuild, then this")
def check(fits, what):
    if not fits:
        bad.append(what)
netstring = lambda part: b"-," if part is None else b"%d:%s," % (len(part), part)
def fields(raw):  # half a surrogate pair must not stop the check
    value = json.loads(raw.decode("utf-8", "surrogatepass"))
    return value if isinstance(value, dict) else {}

def text(value, nul="\ufffd"):  # a string, as bytes; half a surrogate pair, and NUL, are the replacement character
    return re.sub("[\ud800-\udfff]", "\ufffd", value).replace("\0", nul).encode() if isinstance(value, str) else None

def number(value):  # also one that is written as a string, or with a fraction of zero
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]+\s*", value) or isinstance(value, float) and abs(value) <= 2**53 and value.is_integer():
        value = int(value)
    return value if type(value) is int and -2**63 <= value < 2**63 else None
URL = re.compile(rb'("download_url")[ \t\r\n]*:[ \t\r\n]*"(?:[^"\\]|\\.)*"', re.S)
def key(kind, session, raw, message):
    times = map(number, map(fields(raw).get, ("timestamp", "action_timestamp")))
    stamp, action = (None if time is None else b"%d" % time for time in times)
    action = action if kind else None
    whole = message is not None and stamp is not None and (kind == 0 or action is not None)
    content = None if whole else sha(URL.sub(rb"\1", raw)).encode()
    parts = ((b"sent", b"edited", b"deleted")[kind], session, message, stamp, action, content)
    return sha(b"".join(map(netstring, parts)))

# The ledger: its chain, and the items of each of its units.
head, rows, format, items, units, old, files, have, under_way, entries = bytes(32), 0, 1, 0, set(), hashlib.sha256(), {}, {}, None, 0
for rows, (no, body, hash) in enumerate(db.execute("SELECT no, body, hash FROM ledger ORDER BY no"), 1):
    check(no == rows and sha(head + body) == hash.hex(), f"ledger row {no}")
    head, row = hash, json.loads(body)
    format, under_way = row.get("format", format), {"run": row.get("first_unit"), "ended": None}.get(row["kind"], under_way)
    if row["kind"] == "quiet":  # it names sessions by their numbers, and the digest is that of their ids
        ids = [id for some in row["sessions"] for id, in db.execute("SELECT id FROM sessions WHERE no BETWEEN ? AND ? ORDER BY no", some)]
        check(len(ids) == row["windows"] and sha(b"".join(id + b"\n" for id in ids)) == row["digest"], f"ledger row {no}: sessions")
    if row["kind"] == "migrated":
        check(row["digest"] == old.hexdigest() and row["items"] == items, f"ledger row {no}: what was taken over")
        format = 2
    if "unit" not in row:
        continue
    check(row["unit"] not in units, f"unit {row['unit']}: told of twice")
    units.add(row["unit"])
    lines = []
    for item, kind, name, raw in db.execute(
            "SELECT id, kind, key, raw FROM items WHERE unit = ? ORDER BY id", [row["unit"]]):
        items += 1
        line = f"{item} {kind} {name.hex()} {sha(raw)}\n"
        if format == 1:
            old.update(line.encode())
            line = f"{name.hex()} {sha(raw)}\n"
        if kind == 4 and "stored" in (fact := json.loads(raw)):
            have[name] = fact["stored"]["sha256"]
            files[have[name]] = fact["stored"]["bytes"]
            if format == 1:
                line = f"{name.hex()}:{fact['place']} {fact['stored']['sha256']}\n"
        elif kind == 4 and fact.get("lost"):  # it was stored, and is not any more
            have.pop(name, None)
        elif row["kind"] == "window":
            message, session = fields(raw).get("id"), row["session_id"].encode()
            message = None if re.search("[\ud800-\udfff]", str(message)) else text(message, "\0")
            # To the first programs of format 1 an empty id was an id.
            keys = [key(kind, session, raw, id) for id in {message or None, message if format == 1 else message or None}]
            check(name.hex() in keys, f"item {item}: key")
        lines.append(line)
    lines = lines if format > 1 else sorted(lines)
    check(len(lines) == row["rows"] and sha("".join(lines).encode()) == row["digest"], f"unit {row['unit']}")
for unit, in db.execute("SELECT DISTINCT unit FROM items"):  # those of a run that did not end are seen by nobody
    check(unit in units or under_way and unit >= under_way, f"unit {unit}: not in the ledger")

# What the program read out of the items, and the stored files.
for table in ("entries", "versions"):
    for item, said, raw, digest in db.execute(f"SELECT id, text, raw, raw_sha256 FROM {table}"):
        entries += 1
        check(sha(raw) == digest.hex(), f"item {item}: raw JSON")
        message = text(fields(raw).get("message"))
        check(said == message or message is None, f"item {item}: text")
for item, stamp, sender, raw in db.execute("SELECT id, timestamp, sender, raw FROM entries"):
    due = number(fields(raw).get("timestamp")), text(fields(raw).get("sender"))
    check((stamp, sender) == due, f"item {item}: timestamp or sender")
stored = {digest.hex(): size for digest, size in db.execute("SELECT sha256, bytes FROM attachments WHERE state = 'stored'")}
for name in set(have.values()) | stored.keys():
    file, size = folder / "files" / name[:2] / name, files.get(name)
    check(name not in stored or stored[name] == size, f"file {name}: not in the ledger")
    check(file.is_file() and not file.is_symlink() and file.stat().st_size == size and sha(file.read_bytes()) == name, f"file {name}")
print("\n".join(bad) or f"whole: {rows} ledger rows, {entries} entries and versions, head {head.hex()}")
sys.exit(7 if bad else 0)
