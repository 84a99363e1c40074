//! The time that a request and its answer take on their way.

use std::time::Duration;

use crate::hash::{Rng, join};
use crate::settings::Settings;

/// The time of one direction. It is the same for a request and its answer, so that both together
/// take `latency_ms` and the time drawn from `jitter_ms`.
pub(super) fn one_way(settings: &Settings, nonce: u64) -> Duration {
    // Drawn in microseconds, so that a jitter of a few milliseconds has many values.
    let most = settings.jitter_ms.saturating_mul(1000).saturating_add(1);
    let jitter = match settings.jitter_ms {
        0 => 0,
        _ => Rng::new(join(settings.seed, &[6, nonce])).below(most),
    };
    Duration::from_millis(settings.latency_ms).saturating_add(Duration::from_micros(jitter)) / 2
}

/// Waits for that time.
pub(super) async fn pass(one_way: Duration) {
    if !one_way.is_zero() {
        tokio::time::sleep(one_way).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::one_way;
    use crate::settings::Settings;

    #[test]
    fn jitter_is_spread_over_its_range_and_the_same_for_the_same_seed() {
        let settings: Settings = "latency_ms=150,jitter_ms=30".parse().expect("valid");
        let drawn: Vec<Duration> = (0..1000).map(|nonce| one_way(&settings, nonce)).collect();
        let (least, most) = (drawn.iter().min(), drawn.iter().max());
        assert!(least.is_some_and(|&least| least >= Duration::from_millis(75)));
        assert!(least.is_some_and(|&least| least < Duration::from_millis(76)));
        assert!(most.is_some_and(|&most| most <= Duration::from_millis(90)));
        assert!(most.is_some_and(|&most| most > Duration::from_millis(89)));
        let again: Vec<Duration> = (0..1000).map(|nonce| one_way(&settings, nonce)).collect();
        assert_eq!(drawn, again);
    }

    #[test]
    fn without_jitter_every_way_takes_half_of_the_latency() {
        let settings: Settings = "latency_ms=150".parse().expect("valid");
        assert!((0..100).all(|nonce| one_way(&settings, nonce) == Duration::from_millis(75)));
        let longest: Settings = format!("latency_ms={0},jitter_ms={0}", u64::MAX)
            .parse()
            .expect("valid");
        assert!(one_way(&longest, 1) >= Duration::from_millis(u64::MAX / 2));
    }
}
