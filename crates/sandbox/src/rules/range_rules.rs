//! All date rules of one account.

use super::choices::{
    Beyond, Daylight, Echo, FloorEdge, FloorRule, SpanExcess, SpanRule, ToRule, Zone, ZoneBy,
    ZoneLater,
};

/// The account's date rules: U1 to U5 of the unknowns in the crate documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RangeRules {
    /// The zone in which dates are read, and in which "today" is taken.
    pub zone: Zone,
    /// The zone that takes its place from an instant on.
    pub zone_later: Option<ZoneLater>,
    /// Whether clocks in the zone are set forward for the summer.
    pub daylight: Daylight,
    /// Which day's offset midnights have.
    pub zone_by: ZoneBy,
    /// Up to which instant `to` reaches.
    pub to: ToRule,
    /// The longest range.
    pub span: SpanRule,
    /// The answer to a longer one.
    pub span_excess: SpanExcess,
    /// How far back the reports reach.
    pub floor: FloorRule,
    /// Whether the floor's own date may be asked for.
    pub floor_edge: FloorEdge,
    /// The answer to a `from` before the floor.
    pub beyond_floor: Beyond,
    /// The answer to a `to` later than today.
    pub future_to: Beyond,
    /// The range that the report gives back.
    pub echo: Echo,
}

impl Default for RangeRules {
    /// UTC, `to` inclusive, a calendar month at most, refused when longer; six
    /// calendar months back and not beyond; a `to` in the future accepted.
    fn default() -> Self {
        Self {
            zone: Zone::UTC,
            zone_later: None,
            daylight: Daylight::default(),
            zone_by: ZoneBy::default(),
            to: ToRule::default(),
            span: SpanRule::default(),
            span_excess: SpanExcess::default(),
            floor: FloorRule::default(),
            floor_edge: FloorEdge::default(),
            beyond_floor: Beyond::Refused,
            future_to: Beyond::Accepted,
            echo: Echo::default(),
        }
    }
}
