//! Changing the settings of an archive.

use super::Archive;
use crate::{
    error::{Error, ErrorKind, Result},
    facts::{LedgerRow, SettingsRow},
    model::ArchiveSettings,
};

impl Archive {
    /// Stores other settings. If they ask for more, the next sync reads earlier days again.
    ///
    /// # Errors
    /// [`ErrorKind::LessThanSettings`] if they ask for less than those stored.
    pub fn change_settings(&mut self, settings: &ArchiveSettings) -> Result<()> {
        self.check_writable()?;
        settings.check()?;
        settings.check_not_less_than(&self.settings)?;
        self.store(settings, None)
    }

    /// Stores other settings, even if they ask for less. The ledger keeps this decision with `operator`, the name of who
    /// made it. Nothing stored is removed.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for invalid settings, or without a name.
    pub fn set(&mut self, settings: &ArchiveSettings, operator: &str) -> Result<()> {
        self.check_writable()?;
        settings.check()?;
        if operator.trim().is_empty() {
            let text = "a change of settings needs the name of who makes it";
            return Err(Error::new(ErrorKind::InvalidInput, text)
                .hint_text("give the name of who changes the settings"));
        }
        self.store(settings, Some(operator))
    }

    fn store(&mut self, settings: &ArchiveSettings, operator: Option<&str>) -> Result<()> {
        self.decide(&LedgerRow::Settings(SettingsRow::new(settings, operator)))?;
        self.settings = settings.clone();
        Ok(())
    }
}
