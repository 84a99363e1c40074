//! `sandbox`: serves the simulated account.

use zoom_chat_reports_sandbox::Sandbox;

use crate::{
    args::SandboxArgs,
    context::Context,
    exit::Exit,
    failure::Failure,
    ui::{stderr::eprint, stdout},
};

pub(crate) async fn run(args: &SandboxArgs, mut context: Context) -> Result<Exit, Failure> {
    let sandbox = Sandbox::bind(args.settings()?, args.listen)
        .await
        .map_err(|error| {
            Failure::io(&format!("{} cannot be listened on", args.listen), &error)
                .hint("--listen 127.0.0.1:0 takes a free port")
        })?;
    stdout::print(&format!(
        "ZOOM_API_URL={}\nZOOM_AUTH_URL={}\nZOOM_ACCOUNT_ID={}\nZOOM_CLIENT_ID={}\n\
         ZOOM_CLIENT_SECRET={}\nSANDBOX_TODAY={}\n",
        sandbox.api_url(),
        sandbox.auth_url(),
        sandbox.account_id(),
        sandbox.client_id(),
        sandbox.client_secret(),
        sandbox.today(),
    ))?;
    if !context.global.quiet {
        eprint(&format!(
            "serving the simulated account at {} until interrupted",
            sandbox.origin()
        ));
    }
    Ok(Exit::Interrupted(context.interrupt.wait().await))
}
