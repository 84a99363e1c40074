//! `people`: prints who took part in the conversations of an archive.

use zoom_chat_archive::Person;

use crate::{
    archive,
    args::{PeopleArgs, SelectionArgs},
    dates::Asked,
    exit::Exit,
    failure::Failure,
    selection::{Selected, select},
    ui::{
        output::{Output, Stopped},
        progress::Progress,
        quantity::count,
        stderr::eprint,
        table::Table,
    },
};

pub(crate) fn run(args: &PeopleArgs, quiet: bool, show_names: bool) -> Result<Exit, Failure> {
    let archive = archive::read(&args.archive)?;
    let selection = SelectionArgs {
        session: args.session.clone(),
        tz: args.tz,
        ..SelectionArgs::default()
    };
    let all = Asked {
        from: None,
        to: None,
    };
    let selected = select(&archive, &selection, &all, &[], show_names)?;
    let people = selected.directory.people_in(&selected.selection);
    let people: Vec<&Person> = people.filter(|it| it.external || !args.external).collect();
    let (mut output, progress) = (Output::to(args.output.as_deref())?, Progress::none());
    let table = (output.is_for_people() && !args.json).then(|| Table::new(&[10, 10, 8, 8, 28]));
    if let Some(table) = &table {
        let row = table.row(&["FIRST", "LAST", "MESSAGES", "", "NAME", "E-MAIL OR ID"]);
        output.add(|line| line.extend_from_slice(row.as_bytes()));
    }
    for person in &people {
        output.add(|line| match &table {
            Some(table) => line.extend_from_slice(row(table, person, &selected).as_bytes()),
            None => {
                serde_json::to_writer(&mut *line, person).expect("memory can be written to");
                line.push(b'\n');
            }
        });
    }
    match output.finish(&progress) {
        Ok(_) => {}
        Err(Stopped::Closed) => return Ok(Exit::Complete),
        Err(Stopped::Failed(failure)) => return Err(failure),
    }
    if !quiet {
        let sandbox = if archive.account().sandbox {
            " (SANDBOX)"
        } else {
            ""
        };
        let noun = if people.len() == 1 {
            "person"
        } else {
            "people"
        };
        eprint(&format!("{} {noun}{sandbox}", count(people.len() as u64)));
    }
    Ok(Exit::Complete)
}

fn row(table: &Table, person: &Person, selected: &Selected) -> String {
    let day = |at| selected.local(at, "%Y-%m-%d");
    let id = person.email.as_ref().or(person.member_id.as_ref());
    table.row(&[
        &day(person.first_at),
        &day(person.last_at),
        &person.sent.to_string(),
        if person.external { "external" } else { "" },
        person.shown(),
        id.map_or("", String::as_str),
    ])
}
