//! `init`: makes an archive.

use zoom_chat_archive::Archive;

use crate::{
    args::InitArgs, connect, context::Context, exit::Exit, failure::Failure, ui::stderr::eprint,
};

use super::sync::wanted;

pub(crate) async fn run(args: &InitArgs, context: &Context) -> Result<Exit, Failure> {
    let connection = connect::connect(&args.connection).await?;
    if !Archive::can_create(&args.archive) {
        let text = format!("{} is not empty", args.archive.display());
        return Err(Failure::usage(text).hint("name a folder that does not exist yet"));
    }
    // An account whose credentials do not work must not become an archive's account.
    connection.zoom.granted_scopes().await?;
    let today = connection.zoom.today().await?;
    let settings = wanted(None, &args.content, &connection, &args.connection, today)?;
    Archive::create(&args.archive, &connection.account(), &settings)?;
    if !context.global.quiet {
        eprint(&format!(
            "made {}: `zoom-chat sync {}` fills it",
            args.archive.display(),
            args.archive.display()
        ));
    }
    Ok(Exit::Complete)
}
