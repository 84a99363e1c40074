//! A floor under the speed at which a body arrives.

use std::{fmt, time::Duration};

/// The speed below which a body is given up, and over how long it is measured.
///
/// A timeout ends a silent body. This ends one that trickles in: a few bytes now and then would
/// restart the timeout each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floor {
    /// The least mean speed; 0 allows any.
    pub bytes_per_second: u64,
    /// The length of each stretch over which the mean is taken.
    pub over: Duration,
}

impl Default for Floor {
    /// 100 bytes a second over 30 s.
    fn default() -> Self {
        Self {
            bytes_per_second: 100,
            over: Duration::from_secs(30),
        }
    }
}

/// Measures one body against a [`Floor`].
///
/// It counts only the time spent waiting for bytes: a slow consumer does not make the server slow.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    floor: Floor,
    waited: Duration,
    bytes: u64,
}

impl Meter {
    /// Starts with no time measured.
    #[must_use]
    pub fn new(floor: Floor) -> Self {
        Self {
            floor,
            waited: Duration::ZERO,
            bytes: 0,
        }
    }

    /// Counts bytes that arrived after a wait.
    ///
    /// # Errors
    /// When a stretch is over and its mean lies below the floor.
    pub fn arrived(&mut self, bytes: u64, waited: Duration) -> Result<(), TooSlow> {
        self.waited = self.waited.saturating_add(waited);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.waited < self.floor.over {
            return Ok(());
        }
        let least = self.waited.as_secs_f64() * self.floor.bytes_per_second as f64;
        if (self.bytes as f64) < least {
            return Err(TooSlow { floor: self.floor });
        }
        *self = Self::new(self.floor);
        Ok(())
    }
}

/// A body arrived more slowly than its floor; found in the source chain of the client's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooSlow {
    /// The floor that was demanded.
    pub floor: Floor,
}

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Floor {
            bytes_per_second,
            over,
        } = self.floor;
        let seconds = over.as_secs_f64();
        write!(
            f,
            "less than {bytes_per_second} bytes a second over {seconds} s"
        )
    }
}

impl std::error::Error for TooSlow {}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn meter() -> Meter {
        Meter::new(Floor {
            bytes_per_second: 100,
            over: 10 * SECOND,
        })
    }

    #[test]
    fn a_trickle_fails_at_the_end_of_its_stretch() {
        let mut meter = meter();
        assert!((0..9).all(|_| meter.arrived(99, SECOND).is_ok()));
        assert!(meter.arrived(99, SECOND).is_err());
    }

    #[test]
    fn what_is_just_fast_enough_never_fails() {
        let mut meter = meter();
        assert!((0..1000).all(|_| meter.arrived(100, SECOND).is_ok()));
    }

    #[test]
    fn a_fast_beginning_does_not_pay_for_a_slow_end() {
        let mut meter = meter();
        assert!(meter.arrived(1_000_000, 10 * SECOND).is_ok());
        assert!((0..9).all(|_| meter.arrived(1, SECOND).is_ok()));
        assert!(meter.arrived(1, SECOND).is_err());
    }

    #[test]
    fn one_long_wait_counts_as_a_stretch() {
        assert!(meter().arrived(1000, 11 * SECOND).is_err());
        assert!(meter().arrived(1100, 11 * SECOND).is_ok());
    }

    #[test]
    fn a_floor_of_nothing_allows_any_speed() {
        let mut meter = Meter::new(Floor {
            bytes_per_second: 0,
            over: Duration::ZERO,
        });
        assert!(meter.arrived(0, 1000 * SECOND).is_ok());
    }
}
