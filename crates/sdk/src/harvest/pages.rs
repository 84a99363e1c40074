//! Reads one unit of a harvest, and sends its pages and its end to the consumer.

use std::sync::Arc;

use tokio::sync::Notify;

use super::channel::{Message, Sender};
use crate::{
    operation::Operation,
    reading::{
        clean::{Cleaned, Messages},
        plan::Unit,
        run::Run,
        source::{Given, Halt, How, Out, Source as _},
        window::read_window,
    },
    transport::memory::Memory,
};

/// Sends the pages of a unit.
pub(super) struct Pages {
    pub(super) unit: Arc<Unit>,
    pub(super) sender: Sender,
    pub(super) memory: Arc<Memory>,
    pub(super) page_read: Arc<Notify>,
}

impl Pages {
    /// Reads the unit, and reports how it ended.
    pub(super) async fn read(
        mut self,
        run: &Run,
        mut source: Messages,
        how: How,
    ) -> Result<(), Halt> {
        let window = self.unit.window;
        let name = source.name().clone();
        let memory = Some(self.memory.clone());
        let read = read_window(run, &mut source, how, window, None, memory, &mut self).await;
        let read = Halt::wanted(read)?;
        if let Err(error) = &read
            && let Some(fatal) = run.judge().judge(Operation::Messages, &name, error)
        {
            return Err(fatal.into());
        }
        let reading = read.map(|reading| Box::new((reading, source.dropped)));
        let unit = self.unit;
        self.sender.send(Ok(Message::Ended { unit, reading })).await
    }
}

impl Out<Cleaned> for Pages {
    async fn put(&mut self, page: Given<Cleaned>) -> Result<(), Halt> {
        self.page_read.notify_one();
        if page.items.is_empty() {
            return Ok(());
        }
        let message = Message::Page {
            unit: self.unit.clone(),
            page: page.items,
            memory: page.memory,
        };
        self.sender.send(Ok(message)).await
    }
}
