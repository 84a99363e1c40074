//! Latency of requests: how many must be in flight at once to use every slot.

use std::time::Duration;

const LEAST: usize = 2;
const MOST: usize = 256;
/// More requests a second than any plan of Zoom's allows. If the rate is not limited, more requests in flight than
/// this rate needs would only fill memory.
const HIGHEST_RATE: f64 = 200.0;
/// The weight of a new observation.
const WEIGHT: f64 = 0.2;
/// An observation counts as at most this multiple of the mean: one slow answer, or one during a jump of the
/// clock, says little about the next.
const OUTLIER: f64 = 4.0;
/// Nothing below this, in seconds, is slow.
const SHORT: f64 = 0.05;
/// The assumed latency before the first response, in seconds.
const GUESS: f64 = 0.5;

/// Running means of the duration of requests and of its deviation, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Latency(Option<Observed>);

#[derive(Clone, Copy, Debug)]
struct Observed {
    mean: f64,
    deviation: f64,
}

impl Latency {
    pub(crate) fn observe(&mut self, latency: Duration) {
        let seconds = latency.as_secs_f64();
        self.0 = Some(match self.0 {
            None => Observed {
                mean: seconds,
                deviation: seconds / 2.0,
            },
            Some(before) => {
                let seconds = seconds.min((before.mean * OUTLIER).max(SHORT));
                Observed {
                    mean: before.mean + WEIGHT * (seconds - before.mean),
                    deviation: before.deviation
                        + WEIGHT * ((seconds - before.mean).abs() - before.deviation),
                }
            }
        });
    }

    /// How many requests `rate` slots a second keep in flight, plus a few.
    pub(crate) fn in_flight(&self, rate: f64) -> usize {
        let seconds = self.0.map_or(GUESS, |seen| seen.mean + seen.deviation);
        let needed = (rate.min(HIGHEST_RATE) * seconds)
            .ceil()
            .clamp(0.0, MOST as f64) as usize;
        (needed + 2).clamp(LEAST, MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_with_rate_and_latency_within_bounds() {
        let steady = |ms| {
            let mut latency = Latency::default();
            (0..100).for_each(|_| latency.observe(Duration::from_millis(ms)));
            latency
        };
        assert_eq!(Latency::default().in_flight(20.0), 12);
        assert_eq!(steady(500).in_flight(60.0), 33);
        assert_eq!(steady(1).in_flight(2.0), 3);
        assert_eq!(steady(60_000).in_flight(60.0), 256);
        assert_eq!(steady(10).in_flight(100_000.0), 5);
    }

    #[test]
    fn follows_a_change() {
        let mut latency = Latency::default();
        latency.observe(Duration::from_millis(100));
        (0..50).for_each(|_| latency.observe(Duration::from_secs(1)));
        assert!(latency.in_flight(20.0) >= 20);
    }
}
