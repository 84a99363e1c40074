//! The commands, one file each.

mod archived;
mod backup;
mod completions;
mod doctor;
mod export;
mod gaps;
mod init;
mod messages;
mod people;
mod plan;
mod rebuild;
mod sandbox;
mod schema;
mod search;
mod sessions;
mod set;
mod status;
mod sync;
mod tables;
mod verify;

use tokio::runtime;

use crate::{
    args::{Args, Command, GlobalArgs},
    context::{Context, or_interrupt},
    exit::Exit,
    failure::Failure,
    signal::Interrupt,
};

/// Runs a command.
pub(crate) fn run(args: Args) -> Result<Exit, Failure> {
    let global = args.global;
    match args.command {
        Command::Sessions(args) => {
            asking(global, async |context| sessions::run(&args, context).await)
        }
        Command::Messages(args) => {
            asking(global, async |context| messages::run(&args, context).await)
        }
        Command::Plan(args) => asking(global, async |context| {
            or_interrupt(plan::run(&args, &context), &context).await
        }),
        Command::Init(args) => asking(global, async |context| {
            or_interrupt(init::run(&args, &context), &context).await
        }),
        Command::Sync(args) => asking(global, async |context| sync::run(&args, context).await),
        Command::Status(args) => status::run(&args, global.quiet),
        Command::Gaps(args) => gaps::run(&args, global.quiet),
        Command::Set(args) => set::run(&args, global.quiet),
        Command::Rebuild(args) => rebuild::run(&args, global.quiet),
        Command::Backup(args) => backup::run(&args, global.quiet),
        Command::Verify(args) => verify::run(&args, global.quiet),
        Command::Export(args) => asking(global, async |context| export::run(&args, &context)),
        Command::Search(args) => search::run(&args, global.quiet, global.show_names),
        Command::People(args) => people::run(&args, global.quiet, global.show_names),
        Command::Doctor(args) => asking(global, async |context| {
            or_interrupt(doctor::run(&args), &context).await
        }),
        Command::Sandbox(args) => {
            asking(global, async |context| sandbox::run(&args, context).await)
        }
        Command::Schema { output } => schema::run(output),
        Command::Completions { shell } => completions::run(shell),
    }
}

/// Runs a command that sends requests, on a new runtime.
fn asking(
    global: GlobalArgs,
    command: impl AsyncFnOnce(Context) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Failure::io("the program cannot start its threads", &error))?;
    let result = runtime.block_on(async {
        let interrupt = Interrupt::listen()
            .map_err(|error| Failure::io("signals cannot be listened to", &error))?;
        command(Context { global, interrupt }).await
    });
    // Requests under way are no longer needed.
    runtime.shutdown_background();
    result
}
