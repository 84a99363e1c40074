//! The credentials of a Server-to-Server OAuth app: values, variables and files.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use crate::{Error, ErrorKind, Result, auth::Secret};

const ACCOUNT_ID: &str = "ZOOM_ACCOUNT_ID";
const CLIENT_ID: &str = "ZOOM_CLIENT_ID";
const CLIENT_SECRET: &str = "ZOOM_CLIENT_SECRET";

/// The credentials of a Server-to-Server OAuth app. `Debug` shows no secret.
///
/// Credentials from files are read again when Zoom refuses them, so a rotated secret needs no restart.
#[derive(Clone, Debug)]
pub struct ServerToServer {
    account_id: Origin,
    client_id: Origin,
    client_secret: Origin,
    read: Credentials,
}

/// The values as last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) account_id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
}

#[derive(Clone, Debug)]
enum Origin {
    Value(Secret),
    File { name: String, path: PathBuf },
}

impl ServerToServer {
    /// Credentials as values; white space around them is dropped.
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`] when one of them is blank.
    pub fn new(
        account_id: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
    ) -> Result<Self> {
        Self::read(
            Origin::value("account id", &Secret::new(account_id))?,
            Origin::value("client id", &Secret::new(client_id))?,
            Origin::value("client secret", &Secret::new(client_secret))?,
        )
    }

    /// Credentials from the environment: `ZOOM_ACCOUNT_ID`, `ZOOM_CLIENT_ID` and `ZOOM_CLIENT_SECRET`.
    ///
    /// Each may instead be in a file. Either `ZOOM_CLIENT_SECRET_FILE` (and so on) names the file, or it has the
    /// variable's name, in upper or lower case, in the folder `$CREDENTIALS_DIRECTORY`, where systemd puts it.
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`]; it names the variable that is missing or blank, or the file that cannot be read.
    pub fn from_env() -> Result<Self> {
        Self::from_lookup(&|name| env::var_os(name))
    }

    /// Credentials from the environment; the ids given here replace those of the environment.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_env_or(account_id: Option<&str>, client_id: Option<&str>) -> Result<Self> {
        Self::from_lookup(&|name| {
            let given = match name {
                ACCOUNT_ID => account_id,
                CLIENT_ID => client_id,
                _ => None,
            };
            given.map(OsString::from).or_else(|| env::var_os(name))
        })
    }

    /// Credentials from three files.
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`]; it names the file that is blank or cannot be read.
    pub fn from_files(
        account_id: impl Into<PathBuf>,
        client_id: impl Into<PathBuf>,
        client_secret: impl Into<PathBuf>,
    ) -> Result<Self> {
        Self::read(
            Origin::file("account id", account_id),
            Origin::file("client id", client_id),
            Origin::file("client secret", client_secret),
        )
    }

    /// The account that the credentials belong to.
    #[must_use]
    pub fn account_id(&self) -> &str {
        &self.read.account_id
    }

    pub(crate) fn current(&self) -> &Credentials {
        &self.read
    }

    /// Reads the files again, if there are any.
    ///
    /// # Errors
    /// As [`from_files`](Self::from_files).
    pub(crate) fn read_again(&self) -> Result<Self> {
        Self::read(
            self.account_id.clone(),
            self.client_id.clone(),
            self.client_secret.clone(),
        )
    }

    fn read(account_id: Origin, client_id: Origin, client_secret: Origin) -> Result<Self> {
        let read = Credentials {
            account_id: account_id.get()?.expose().to_owned(),
            client_id: client_id.get()?.expose().to_owned(),
            client_secret: client_secret.get()?,
        };
        Ok(Self {
            account_id,
            client_id,
            client_secret,
            read,
        })
    }

    fn from_lookup(lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Self> {
        Self::read(
            Origin::find(ACCOUNT_ID, lookup)?,
            Origin::find(CLIENT_ID, lookup)?,
            Origin::find(CLIENT_SECRET, lookup)?,
        )
    }
}

impl Origin {
    fn value(name: &str, secret: &Secret) -> Result<Self> {
        trimmed(secret, &format!("the {name}"), name).map(Self::Value)
    }

    fn file(name: &str, path: impl Into<PathBuf>) -> Self {
        Self::File {
            name: name.to_owned(),
            path: path.into(),
        }
    }

    fn find(name: &str, lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Self> {
        let value = lookup(name);
        if let Some(value) = &value {
            let Some(text) = value.to_str() else {
                return Err(missing(format!("{name} is not valid UTF-8"), name));
            };
            if !text.trim().is_empty() {
                return Self::value(name, &Secret::new(text));
            }
        }
        let named = lookup(&format!("{name}_FILE")).filter(|path| !path.is_empty());
        let path = named.map(PathBuf::from).or_else(|| {
            let folder = PathBuf::from(lookup("CREDENTIALS_DIRECTORY")?);
            let paths = [folder.join(name), folder.join(name.to_ascii_lowercase())];
            paths.into_iter().find(|path| path.exists())
        });
        match path {
            Some(path) => Ok(Self::file(name, path)),
            None if value.is_some() => Err(missing(format!("{name} is blank"), name)),
            None => Err(missing(format!("{name} is not set"), name)),
        }
    }

    fn get(&self) -> Result<Secret> {
        match self {
            Self::Value(secret) => Ok(secret.clone()),
            Self::File { name, path } => read_file(name, path),
        }
    }
}

fn read_file(name: &str, path: &Path) -> Result<Secret> {
    let shown = path.display();
    let text = fs::read_to_string(path).map(Secret::new).map_err(|error| {
        missing(format!("the file {shown} for {name} cannot be read"), name).with_source(error)
    })?;
    trimmed(&text, &format!("the file {shown} for {name}"), name)
}

/// The text without the blanks around it; `what` names its place in an error.
fn trimmed(text: &Secret, what: &str, name: &str) -> Result<Secret> {
    match text.expose().trim() {
        "" => Err(missing(format!("{what} is blank"), name)),
        text => Ok(Secret::new(text)),
    }
}

fn missing(cause: String, name: &str) -> Error {
    let hint = if name.starts_with("ZOOM_") {
        format!(
            "set {name}, or {name}_FILE to the path of a file that holds it; \
             the app's page in Zoom's App Marketplace shows the value"
        )
    } else {
        "the app's page in Zoom's App Marketplace shows the value".to_owned()
    };
    Error::new(ErrorKind::Credentials, cause).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn lookup(pairs: &[(&str, &str)]) -> Result<ServerToServer> {
        let map: HashMap<_, _> = pairs.iter().copied().collect();
        ServerToServer::from_lookup(&|name| map.get(name).map(OsString::from))
    }

    #[test]
    fn reads_the_three_variables_and_trims_them() {
        let credentials = lookup(&[
            ("ZOOM_ACCOUNT_ID", " acc\n"),
            ("ZOOM_CLIENT_ID", "id"),
            ("ZOOM_CLIENT_SECRET", "\tsecret "),
        ])
        .expect("ok");
        assert_eq!(credentials.account_id(), "acc");
        assert_eq!(credentials.current().client_secret.expose(), "secret");
    }

    #[test]
    fn names_the_variable_that_is_missing_or_blank() {
        let error = lookup(&[("ZOOM_ACCOUNT_ID", "acc")]).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Credentials);
        assert_eq!(error.to_string(), "ZOOM_CLIENT_ID is not set");
        assert!(error.hint().expect("ok").contains("ZOOM_CLIENT_ID_FILE"));
        let error = lookup(&[("ZOOM_ACCOUNT_ID", " \n")]).expect_err("refused");
        assert_eq!(error.to_string(), "ZOOM_ACCOUNT_ID is blank");
        let error = ServerToServer::new("acc", "id", " ").expect_err("refused");
        assert_eq!(error.to_string(), "the client secret is blank");
    }

    #[test]
    fn reads_files_that_variables_name_and_those_of_systemd() {
        let folder = tempfile::tempdir().expect("ok");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("zoom_client_id"), "id\n").expect("ok");
        fs::write(path("ZOOM_CLIENT_SECRET"), "first\n").expect("ok");
        fs::write(path("acc"), "acc\n").expect("ok");
        let credentials = lookup(&[
            ("ZOOM_ACCOUNT_ID_FILE", path("acc").to_str().expect("ok")),
            ("CREDENTIALS_DIRECTORY", folder.path().to_str().expect("ok")),
        ])
        .expect("ok");
        assert_eq!(credentials.account_id(), "acc");
        assert_eq!(credentials.current().client_id, "id");
        assert_eq!(credentials.current().client_secret.expose(), "first");

        fs::write(path("ZOOM_CLIENT_SECRET"), "second\n").expect("ok");
        let again = credentials.read_again().expect("ok");
        assert_eq!(again.current().client_secret.expose(), "second");

        fs::write(path("ZOOM_CLIENT_SECRET"), "").expect("ok");
        let error = credentials.read_again().expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Credentials);
    }

    #[test]
    fn a_value_goes_before_a_file() {
        let credentials = lookup(&[
            ("ZOOM_ACCOUNT_ID", "acc"),
            ("ZOOM_CLIENT_ID", "id"),
            ("ZOOM_CLIENT_SECRET", "secret"),
            ("ZOOM_CLIENT_SECRET_FILE", "/nowhere"),
        ]);
        assert!(credentials.is_ok());
    }

    #[test]
    fn debug_shows_no_secret() {
        let credentials = ServerToServer::new("acc", "id", "canary").expect("ok");
        assert!(!format!("{credentials:?}").contains("canary"));
    }
}
