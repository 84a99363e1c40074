//! CSV, NDJSON and the archive's own tables tell the same.

use super::*;

/// Entries, the sum of their times, and their ids in order.
type Told = (usize, i64, Vec<String>);

fn told(entries: impl Iterator<Item = (Option<String>, Option<String>)>) -> Told {
    let (mut count, mut sum, mut ids) = (0, 0, Vec::new());
    for (at, id) in entries {
        count += 1;
        let at = at.map(|at| at.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
        sum += at.map_or(0, |at| at.timestamp_millis());
        ids.extend(id);
    }
    ids.sort();
    (count, sum, ids)
}

fn of_csv(lines: &[BTreeMap<String, String>]) -> Told {
    let some = |text: &String| Some(cell(text).to_owned()).filter(|text| !text.is_empty());
    told(
        lines
            .iter()
            .map(|line| (some(&line["sent_at"]), some(&line["message_id"]))),
    )
}

fn of_ndjson(records: &[Value]) -> Told {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    told(
        records
            .iter()
            .map(|it| (text(&it["sent_at"]), text(&it["message_id"]))),
    )
}

fn of_sql(archive: &str, condition: &str) -> Told {
    let sql = format!(
        "SELECT NULLIF(e.sent_ms, -1), NULLIF(e.message_id, hex(e.key)) FROM entries e JOIN sessions s ON s.no = e.session
         WHERE {condition}"
    );
    let db = database(archive);
    let mut rows = db.prepare(&sql).unwrap();
    let rows = rows.query_map([], |row| {
        let at: Option<i64> = row.get(0)?;
        let at = at.and_then(chrono::DateTime::from_timestamp_millis);
        Ok((at.map(|at| at.to_rfc3339()), row.get(1)?))
    });
    told(rows.unwrap().map(Result::unwrap))
}

#[test]
fn csv_ndjson_and_sql_agree_on_all_and_on_each_person() {
    let (folder, archive, out) = archived(NOW);
    export(&archive, &out, &["--quiet"], 0);
    let all = of_sql(&archive, "1");
    assert!(all.0 > 2000, "{}", all.0);
    assert_eq!(of_csv(&entry_lines(&out)), all);
    assert_eq!(of_ndjson(&records(&out)), all);

    let db = database(&archive);
    let sql = "SELECT sender_member_id FROM entries WHERE sender_member_id <> ''
         GROUP BY 1 HAVING count(DISTINCT session) > 1 ORDER BY count(*) LIMIT 3";
    let mut people = db.prepare(sql).unwrap();
    let people = people.query_map([], |row| row.get(0)).unwrap();
    for (place, person) in people.map(Result::<String, _>::unwrap).enumerate() {
        let mine = format!("e.sender_member_id = '{person}'");
        let with = format!(
            "e.session IN (SELECT session FROM participants p JOIN people w ON w.no = p.person
               WHERE w.sender_member_id = '{person}' OR w.sender IN
                 (SELECT sender FROM people WHERE sender_member_id = '{person}' AND sender <> ''))"
        );
        // A value that begins with a minus needs the sign.
        for (option, condition) in [("--sent-by", &mine), ("--person", &with)] {
            let out = folder.path().join(format!("{option}{place}"));
            export(
                &archive,
                &out,
                &["--quiet", &format!("{option}={person}")],
                0,
            );
            let expected = of_sql(&archive, condition);
            assert!(expected.0 > 0);
            assert_eq!(of_csv(&entry_lines(&out)), expected, "{option}");
            assert_eq!(of_ndjson(&records(&out)), expected, "{option}");
        }
    }
}

#[test]
fn both_formats_tell_each_entry_with_the_same_words() {
    let (_folder, archive, out) = archived(NOW);
    export(&archive, &out, &["--quiet"], 0);
    let (lines, records) = (entry_lines(&out), records(&out));
    assert_eq!(lines.len(), records.len());
    for (line, record) in lines.iter().zip(&records) {
        for (name, value) in record.as_object().unwrap() {
            let expected = match value {
                Value::Null => String::new(),
                Value::String(text) => text.replace('\0', "\u{fffd}"),
                Value::Array(items) if items.is_empty() => String::new(),
                other => other.to_string(),
            };
            let found = cell(&line[name]);
            match value {
                Value::Array(items) if !items.is_empty() => {
                    let found: Value = serde_json::from_str(found).unwrap();
                    assert_eq!(&found, value, "{name}");
                }
                _ => assert_eq!(found, expected, "{name}"),
            }
        }
    }
}
