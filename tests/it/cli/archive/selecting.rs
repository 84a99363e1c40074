//! Selecting by people, conversations, days and kinds; who is in an archive.

use std::collections::BTreeSet;

use super::*;

/// An account with groups, chats of two, reactions, files and people from outside.
const ACCOUNT: &str = "--sandbox=sessions=20,messages=2000,quirks=yes";

/// An archive of the account, and every line that it prints.
fn archive() -> (tempfile::TempDir, String, Vec<Value>) {
    let (folder, archive) = place();
    let made = run(&["sync", &archive, ACCOUNT]);
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    let all = messages(&archive, &[]);
    (folder, archive, all)
}

/// What an archive prints with these options.
fn messages(archive: &str, options: &[&str]) -> Vec<Value> {
    let mut arguments = vec!["messages", "--archive", archive, "--quiet"];
    arguments.extend(options);
    let output = run(&arguments);
    assert_eq!(code(&output), 0, "{options:?}: {}", stderr(&output));
    lines(&output).into_iter().map(json).collect()
}

fn people(archive: &str) -> Vec<Value> {
    let output = run(&["people", archive]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    lines(&output).into_iter().map(json).collect()
}

/// The texts of a field in an array.
fn texts<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a str> {
    value[field]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// Whether a line names a person: as its sender, its receiver, or among those who reacted.
fn names(line: &Value, person: &Value) -> bool {
    let message = &line["message"];
    let reactions = ["reactions", "custom_emoji_reactions"].map(|field| &message[field]);
    let reactions = reactions.into_iter().filter_map(Value::as_array).flatten();
    let mut reacted = reactions.flat_map(|it| texts(it, "member_ids"));
    person["member_id"]
        .as_str()
        .is_some_and(|id| message["sender_member_id"] == id || reacted.any(|reacted| reacted == id))
        || person["email"]
            .as_str()
            .is_some_and(|email| message["receiver"] == email)
}

#[test]
fn each_person_is_one_line_and_all_messages_are_counted_once() {
    let (_folder, archive, all) = archive();
    let people = people(&archive);
    for (kind, field) in [
        ("sent", "sent"),
        ("edited", "edited"),
        ("deleted", "deleted"),
    ] {
        let counted: u64 = people.iter().filter_map(|it| it[field].as_u64()).sum();
        let printed = all.iter().filter(|line| line["kind"] == kind).count();
        assert_eq!(counted, printed as u64, "{kind}");
    }
    let ids: Vec<&str> = people
        .iter()
        .filter_map(|it| it["member_id"].as_str())
        .collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    let emails: Vec<&str> = people
        .iter()
        .filter_map(|it| it["email"].as_str())
        .collect();
    assert_eq!(emails.iter().collect::<BTreeSet<_>>().len(), emails.len());
    // Zoom gives no address for people from outside.
    let outside: Vec<_> = people.iter().filter(|it| it["external"] == true).collect();
    assert!(!outside.is_empty());
    let shown = run(&["people", &archive, "--external"]);
    assert_eq!(lines(&shown).len(), outside.len());
    for line in &all {
        let sender = line["message"]["sender_member_id"].as_str();
        assert!(
            sender.is_none_or(|id| id.is_empty() || ids.contains(&id)),
            "{line}"
        );
    }
}

#[test]
fn a_person_means_their_conversations_and_sent_by_what_they_wrote() {
    let (_folder, archive, all) = archive();
    for person in people(&archive).iter().filter(|it| it["sent"] != 0).take(6) {
        let id = person["member_id"].as_str().unwrap();
        let theirs: BTreeSet<&str> = all
            .iter()
            .filter(|line| names(line, person))
            .filter_map(|line| line["session_id"].as_str())
            .collect();
        let found = messages(&archive, &["--person", id]);
        let sessions: BTreeSet<&str> = found
            .iter()
            .filter_map(|line| line["session_id"].as_str())
            .collect();
        assert_eq!(sessions, theirs, "{person}");
        let whole = all
            .iter()
            .filter(|line| theirs.contains(line["session_id"].as_str().unwrap()));
        assert_eq!(found.len(), whole.count());
        let wrote = messages(&archive, &["--sent-by", id]);
        assert!(
            wrote
                .iter()
                .all(|line| line["message"]["sender_member_id"] == id)
        );
        let due = all
            .iter()
            .filter(|line| line["message"]["sender_member_id"] == id);
        assert_eq!(wrote.len(), due.count());
        // By address and by name it is the same person.
        if let Some(email) = person["email"].as_str() {
            assert_eq!(
                messages(&archive, &["--sent-by", &email.to_uppercase()]),
                wrote
            );
        }
        let name = texts(person, "names").last().unwrap();
        assert_eq!(messages(&archive, &["--sent-by", name]), wrote, "{name}");
    }
}

#[test]
fn several_people_are_any_of_them_and_may_stand_in_a_file() {
    let (folder, archive, _) = archive();
    let people = people(&archive);
    let ids: Vec<&str> = people
        .iter()
        .filter_map(|it| it["member_id"].as_str())
        .take(3)
        .collect();
    let file = folder.path().join("custodians.txt");
    std::fs::write(&file, format!("{}\n\n  {}  \r\n", ids[1], ids[2])).unwrap();
    let from_file = format!("@{}", file.display());
    let by_file = messages(&archive, &["--sent-by", ids[0], "--sent-by", &from_file]);
    let sum: usize = ids
        .iter()
        .map(|id| messages(&archive, &["--sent-by", id]).len())
        .sum();
    assert_eq!(by_file.len(), sum);
    std::fs::write(&file, " \n").unwrap();
    let refused = run(&["messages", "--archive", &archive, "--person", &from_file]);
    assert_eq!(code(&refused), 2);
    assert!(
        stderr(&refused).contains("names nobody"),
        "{}",
        stderr(&refused)
    );
}

#[test]
fn a_name_that_nobody_has_or_several_have_is_an_error_and_near_names_are_not_shown_unasked() {
    let (_folder, archive, _) = archive();
    let people = people(&archive);
    let names = people
        .iter()
        .filter_map(|person| texts(person, "names").last());
    let mut plain = names.filter(|name| !name.contains(['<', '>', ';']));
    let name = plain.next().unwrap();
    let part: String = name.chars().take(name.chars().count() - 2).collect();
    let part = part.as_str();
    for option in ["--person", "--sent-by"] {
        let arguments = ["messages", "--archive", &archive, option, part];
        let refused = run(&arguments);
        assert_eq!(code(&refused), 2);
        assert!(refused.stdout.is_empty());
        let text = stderr(&refused);
        assert!(
            text.starts_with(&format!("error: the archive has no person \"{part}\"")),
            "{text}"
        );
        assert!(
            !text.contains(name) && text.contains("--show-names"),
            "{text}"
        );
        let shown = run(&[&arguments[..], &["--show-names"]].concat());
        assert!(stderr(&shown).contains(name), "{}", stderr(&shown));
    }
    let refused = run(&[
        "messages",
        "--archive",
        &archive,
        "--session",
        "no such channel",
    ]);
    assert_eq!(code(&refused), 2);
    assert!(
        stderr(&refused).contains("sessions --archive"),
        "{}",
        stderr(&refused)
    );
    // Two people may have one name.
    let db = rusqlite::Connection::open(Path::new(&archive).join("archive.db")).unwrap();
    db.execute_batch(
        "UPDATE people SET sender_name = 'Same' WHERE no IN (SELECT min(p.no) FROM people p
           JOIN participants t ON t.person = p.no WHERE t.sent > 0 GROUP BY p.sender_member_id LIMIT 2)",
    )
    .unwrap();
    drop(db);
    let refused = run(&["messages", "--archive", &archive, "--sent-by", "same"]);
    assert_eq!(code(&refused), 2);
    let text = stderr(&refused);
    assert!(
        text.contains("\"same\" names 2 of the archive's persons"),
        "{text}"
    );
}

#[test]
fn days_begin_and_end_at_midnight_of_the_chosen_zone() {
    let (_folder, archive, all) = archive();
    let between = |from: &str, to: &str| -> usize {
        let sent = all.iter().filter_map(|line| line["sent_at"].as_str());
        sent.filter(|at| *at >= from && *at < to).count()
    };
    let days = ["--from", "2026-07-01", "--to", "2026-07-31"];
    let timeless = all.iter().filter(|line| line["sent_at"].is_null()).count();
    for (zone, from, to) in [
        ("UTC", "2026-07-01T00:00:00", "2026-08-01T00:00:00"),
        (
            "Europe/Berlin",
            "2026-06-30T22:00:00",
            "2026-07-31T22:00:00",
        ),
        (
            "america/new_york",
            "2026-07-01T04:00:00",
            "2026-08-01T04:00:00",
        ),
    ] {
        let found = messages(&archive, &[&days[..], &["--tz", zone]].concat());
        assert_eq!(found.len(), between(from, to) + timeless, "{zone}");
        assert!(found.len() > 50);
    }
}

#[test]
fn kinds_files_and_people_from_outside_select() {
    let (_folder, archive, all) = archive();
    let kinds = messages(&archive, &["--kind", "edited,deleted"]);
    assert_eq!(
        kinds.len(),
        all.iter().filter(|line| line["kind"] != "sent").count()
    );
    let with_files = messages(&archive, &["--has-file"]);
    assert!(!with_files.is_empty());
    assert_eq!(
        with_files.len(),
        all.iter().filter(|line| !line["files"].is_null()).count()
    );
    let people = people(&archive);
    let outside: Vec<&Value> = people.iter().filter(|it| it["external"] == true).collect();
    let external = messages(&archive, &["--external"]);
    assert!(!external.is_empty() && external.len() < all.len());
    let sessions = run(&["sessions", "--archive", &archive, "--external", "--quiet"]);
    for line in lines(&sessions).into_iter().map(json) {
        let id = &line["session_id"];
        let of = || all.iter().filter(|line| &line["session_id"] == id);
        let listed = line["session"]["has_external_member"] == true;
        assert!(listed || of().any(|line| outside.iter().any(|person| names(line, person))));
    }
}

#[test]
fn a_record_names_the_stored_file_and_no_link_that_opens_one() {
    let (_folder, archive, _) = archive();
    let mut seen = 0;
    for line in messages(&archive, &["--has-file"]) {
        assert!(!line.to_string().contains("jwt="), "{line}");
        for file in line["files"].as_array().unwrap() {
            if file["state"] != "stored" {
                continue;
            }
            let stored = Path::new(&archive).join(file["path"].as_str().unwrap());
            assert_eq!(
                std::fs::metadata(stored).unwrap().len(),
                file["size"].as_u64().unwrap()
            );
            seen += 1;
        }
    }
    assert!(seen > 0);
    let signed = messages(&archive, &["--has-file", "--signed-links"]);
    assert!(signed.iter().any(|line| line.to_string().contains("jwt=")));
}

#[test]
fn a_chat_of_two_goes_by_its_people_and_a_channel_by_its_name() {
    let (_folder, archive, all) = archive();
    let listed = run(&["sessions", "--archive", &archive, "--quiet"]);
    let listed: Vec<Value> = lines(&listed).into_iter().map(json).collect();
    let channel = listed
        .iter()
        .find(|line| line["session"]["type"] == "Group")
        .unwrap();
    let name = channel["session"]["name"].as_str().unwrap();
    let of = |id: &Value| all.iter().filter(|line| &line["session_id"] == id).count();
    assert_eq!(
        messages(&archive, &["--session", name]).len(),
        of(&channel["session_id"])
    );
    let direct = listed
        .iter()
        .find(|line| line["session"]["type"] == "1:1")
        .unwrap();
    let people = people(&archive);
    let mut pair: Vec<&str> = texts(&direct["session"], "member_emails")
        .map(|email| {
            let is = |person: &&Value| person["email"] == email;
            texts(people.iter().find(is).unwrap(), "names")
                .last()
                .unwrap_or(email)
        })
        .collect();
    pair.sort_unstable();
    let title = pair.join(" ↔ ");
    assert_eq!(
        messages(&archive, &["--session", &title]).len(),
        of(&direct["session_id"]),
        "{title}"
    );
}

#[test]
fn sessions_are_those_with_an_entry_that_is_selected() {
    let (_folder, archive, all) = archive();
    let people = people(&archive);
    let id = people[0]["member_id"].as_str().unwrap();
    let july = ["--from", "2026-07-01", "--to", "2026-07-31"];
    for options in [
        vec!["--sent-by", id],
        vec!["--kind", "deleted"],
        vec!["--has-file"],
        july.to_vec(),
    ] {
        let mut arguments = vec!["sessions", "--archive", &archive, "--quiet"];
        arguments.extend(&options);
        let output = run(&arguments);
        assert_eq!(code(&output), 0, "{options:?}: {}", stderr(&output));
        let found: BTreeSet<String> = lines(&output)
            .into_iter()
            .map(|line| json(line)["session_id"].as_str().unwrap().to_owned())
            .collect();
        let entries = messages(&archive, &options);
        let due: BTreeSet<String> = entries
            .iter()
            .map(|line| line["session_id"].as_str().unwrap().to_owned())
            .collect();
        assert!(!due.is_empty() && entries.len() < all.len(), "{options:?}");
        assert_eq!(found, due, "{options:?}");
    }
}

#[test]
fn entries_whose_time_cannot_be_are_in_every_dated_selection() {
    let (_folder, archive) = place();
    let account = "--sandbox=sessions=6,messages=600,quirks=yes,odd_times=zero";
    assert_eq!(code(&run(&["sync", &archive, account, NO_FILES])), 0);
    let timeless = |lines: &[Value]| -> usize {
        let zero = lines
            .iter()
            .filter(|line| line["message"]["timestamp"] == 0);
        zero.count()
    };
    let all = timeless(&messages(&archive, &[]));
    assert!(all > 0);
    let days = messages(&archive, &["--from", "2026-08-01", "--to", "2026-08-02"]);
    assert_eq!(timeless(&days), all);
    for person in people(&archive) {
        assert!(
            !person["first_at"]
                .as_str()
                .is_some_and(|at| at.starts_with("1970")),
            "{person}"
        );
    }
}
