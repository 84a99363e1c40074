//! Who `people` lists.

use super::*;

#[test]
fn the_outside_member_of_a_chat_of_two_is_who_writes_there_without_an_address() {
    let (_folder, archive) = place();
    let account = "--sandbox=seed=7,messages=3000,quirks=yes";
    document(&["sync", &archive, account, NO_FILES, "--json"], 0);
    let people = run(&["people", &archive, "--external"]);
    let known = |person: &&Value| person["email"].is_string() && person["sent"] != 0;
    let people: Vec<Value> = lines(&people).into_iter().map(json).collect();
    let person = people.iter().find(known).expect("one with an address");
    let email = person["email"].as_str().unwrap();
    let written = run(&[
        "messages",
        "--archive",
        &archive,
        "--sent-by",
        email,
        "--sent-only",
    ]);
    assert_eq!(
        lines(&written).len() as u64,
        person["sent"].as_u64().unwrap()
    );
    for line in lines(&written) {
        let message = &json(line)["message"];
        assert_eq!(message["sender_member_id"], person["member_id"], "{line}");
    }
    let sessions = run(&["sessions", "--archive", &archive, "--person", email]);
    assert!(!lines(&sessions).is_empty());
}
