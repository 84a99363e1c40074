//! Changing what an archive is to hold.

use super::Archive;
use crate::{
    derived,
    error::{Error, ErrorKind, Result},
    facts::{LedgerRow, SettingsRow},
    model::ArchiveSettings,
};

impl Archive {
    /// Stores other settings; asking for more makes the next sync read again what was read with less.
    ///
    /// # Errors
    /// [`ErrorKind::LessThanSettings`] when they ask for less than those stored.
    pub fn change_settings(&mut self, settings: &ArchiveSettings) -> Result<()> {
        self.check_writable()?;
        settings.check()?;
        settings.check_not_less_than(&self.settings)?;
        self.store(settings, None)
    }

    /// Stores other settings, also such as ask for less: somebody's decision, which the ledger keeps with `operator`, who
    /// made it. What the archive holds stays.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for settings that cannot be, or without a name.
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
        Self::make_durable(&self.db, true)?;
        let tx = self.db.transaction()?;
        derived::append(
            &tx,
            &LedgerRow::Settings(SettingsRow::new(settings, operator)),
        )?;
        tx.commit()?;
        self.settings = settings.clone();
        Ok(())
    }
}
