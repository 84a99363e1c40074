//! `search`: finds messages by their text, and by the names of their files.

mod table;

use zoom_chat_archive::{Archive, SearchFilter, SearchQuery};

use crate::{
    archive,
    args::{SearchArgs, SearchFormat},
    exit::Exit,
    failure::Failure,
    selection::select,
    ui::{
        output::{Output, Place, Stopped},
        progress::Progress,
        quantity::counted,
        stderr::eprint,
    },
};

pub(crate) fn run(args: &SearchArgs, quiet: bool, show_names: bool) -> Result<Exit, Failure> {
    let archive = archive::read(&args.archive)?;
    let asked = args.range.asked();
    let selected = select(&archive, &args.selection, &asked, &[], show_names)?;
    let titles = selected.titles();
    let mut filter = SearchFilter::default();
    filter.selection = selected.selection.clone();
    filter.limit = args.limit;
    filter.context = args.context;
    let (mut output, progress) = (Output::to(args.output.as_deref())?, Progress::none());
    let table = match args.format {
        Some(format) => format == SearchFormat::Table,
        None => output.is_for_people(),
    };
    let query = SearchQuery::parse(&args.query);
    let mut found: u64 = 0;
    let mut stopped = None;
    archive.search_each(&args.query, &filter, |hit| {
        if stopped.is_some() {
            return;
        }
        if table {
            // With messages around it, a result is a group of rows.
            let gap = if found > 0 && args.context > 0 {
                "\n"
            } else {
                ""
            };
            let title = titles.get(hit.session_id.as_str()).copied();
            let rows = table::rows(&hit, title.unwrap_or(&hit.session_id), &query, &selected);
            output.add(|line| line.extend_from_slice(format!("{gap}{rows}").as_bytes()));
        } else {
            output.add(|line| {
                serde_json::to_writer(&mut *line, &hit).expect("memory can be written to");
                line.push(b'\n');
            });
        }
        found += 1;
        stopped = output.write_if_full(&progress).err();
    })?;
    let unproven = archive.unproven(&selected.selection.question())?.len();
    let put = match (stopped, unproven) {
        (Some(stopped), _) => Err(stopped),
        (None, 0) => output.finish(&progress),
        (None, _) => output.withhold(&progress),
    };
    let is_withheld = matches!(put, Ok(Place::Withheld(_)));
    match put {
        Ok(_) => {}
        Err(Stopped::Closed) => return Ok(Exit::Complete),
        Err(Stopped::Failed(failure)) => return Err(failure),
    }
    if !quiet {
        told(&archive, found, args.limit);
    }
    verdict(unproven, is_withheld)
}

/// Whether the archive proves everything that was asked for.
fn verdict(unproven: usize, is_withheld: bool) -> Result<Exit, Failure> {
    if unproven == 0 {
        return Ok(Exit::Complete);
    }
    let stretches = counted(unproven as u64, "stretch");
    let text = format!("the archive does not prove all of this: {stretches} of time missing");
    let hint = match is_withheld {
        true => "the file is not made; without --output, what is there is printed",
        false => "`gaps` and `messages --archive` name them; `sync` brings the archive up to date",
    };
    Err(Failure::new(Exit::Incomplete, text).hint(hint))
}

/// Says how much was found.
fn told(archive: &Archive, found: u64, limit: Option<u32>) {
    let sandbox = if archive.account().sandbox {
        " (SANDBOX)"
    } else {
        ""
    };
    let shown = match limit {
        Some(limit) if found == u64::from(limit) => "shown; there may be more",
        _ => "found",
    };
    eprint(&format!("{found} {shown}{sandbox}"));
}
