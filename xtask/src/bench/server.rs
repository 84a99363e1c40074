//! The simulated account, in another process on another core.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Stdio},
};

use anyhow::{Context, bail};
use serde_json::Value;

use super::process::{cpu_of, on_core};

/// How many environment variables hold the account's address and credentials.
const VARIABLES: usize = 6;

/// The simulated account; dropping this ends it.
pub struct Server {
    child: Child,
    /// The environment variables for a program that asks this account.
    pub variables: Vec<(String, String)>,
}

impl Server {
    /// Starts an account with these settings, each of the form `key=value`.
    pub fn start(program: &Path, settings: &[String]) -> anyhow::Result<Self> {
        let mut command = on_core(0, program);
        command.args(["sandbox", "--quiet"]);
        for setting in settings {
            command.args(["--set", setting]);
        }
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("no output")?;
        let mut server = Self {
            child,
            variables: Vec::new(),
        };
        for line in BufReader::new(stdout).lines().take(VARIABLES) {
            let line = line?;
            let (name, value) = line
                .split_once('=')
                .context("a line that is not NAME=VALUE")?;
            let variable = (name.to_owned(), value.to_owned());
            server.variables.push(variable);
        }
        if server.variables.len() < VARIABLES {
            bail!("the simulated account did not start");
        }
        Ok(server)
    }

    /// The CPU time that it has used so far, in seconds.
    pub fn cpu(&self) -> f64 {
        cpu_of(self.child.id()).unwrap_or(f64::NAN)
    }

    /// Its statistics so far.
    pub fn stats(&self) -> anyhow::Result<Value> {
        Ok(serde_json::from_reader(self.control("stats")?)?)
    }

    /// How many entries a complete reading finds in it.
    pub fn entries(&self) -> anyhow::Result<u64> {
        let mut count = 0;
        for line in self.control("truth")?.lines() {
            let entry: Value = serde_json::from_str(&line?)?;
            let is_there = ["reachable", "visible"].map(|field| entry[field].as_bool());
            count += u64::from(is_there == [Some(true); 2]);
        }
        Ok(count)
    }

    /// The body of one of its controls. Asked in HTTP/1.0, whose bodies end with the connection,
    /// so that no client is needed to read one.
    fn control(&self, what: &str) -> anyhow::Result<impl BufRead> {
        let mut variables = self.variables.iter();
        let (_, url) = variables
            .find(|(name, _)| name == "ZOOM_API_URL")
            .context("no address")?;
        let address = url
            .strip_prefix("http://")
            .and_then(|rest| rest.split('/').next())
            .context("an address without http://")?;
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "GET /_sandbox/{what} HTTP/1.0\r\nHost: {address}\r\n\r\n"
        )?;
        let mut answer = BufReader::new(stream);
        let mut line = String::new();
        answer.read_line(&mut line)?;
        if line.split(' ').nth(1) != Some("200") {
            bail!("the simulated account does not serve its {what}");
        }
        // The head ends with an empty line.
        while !line.trim_end().is_empty() {
            line.clear();
            answer.read_line(&mut line)?;
        }
        Ok(answer)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
