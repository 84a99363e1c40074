//! The program `zoom-chat`; all of it is in the library, so that tests can run it too.
fn main() -> std::process::ExitCode {
    zoom_chat_cli::run()
}
