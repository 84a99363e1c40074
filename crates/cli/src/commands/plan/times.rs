//! The time that requests take, by plan.

use std::time::Duration;

use zoom_chat_reports::{Plan, account::RateLabel};

use crate::{
    connect::Connection,
    schema::PlanTime,
    ui::quantity::{counted, seconds},
};

/// The number of requests a day that a free account may send.
const FREE_A_DAY: u64 = 2000;

pub(super) fn plans(
    connection: &Connection,
    given: Option<Plan>,
    duration: impl Fn(Plan) -> Duration,
) -> Vec<PlanTime> {
    // A free account has no reports.
    let mut plans = vec![Plan::Pro, Plan::Business];
    plans.extend(given.filter(|plan| !plans.contains(plan)));
    plans
        .into_iter()
        .map(|plan| PlanTime {
            plan: plan.to_string(),
            requests_per_second: plan.per_second(RateLabel::Medium) * connection.share,
            seconds: duration(plan).as_secs_f64(),
            chosen: plan == connection.plan,
        })
        .collect()
}

/// Says how long these requests take under each plan.
pub(super) fn times(plans: &[PlanTime], requests: u64) -> String {
    let mut text = String::new();
    for plan in plans {
        let mut line = format!(
            "plan      {:<9} {} at least, at {} requests/s",
            plan.plan,
            seconds(plan.seconds),
            plan.requests_per_second
        );
        if plan.plan == "free" && requests > FREE_A_DAY {
            let days = requests.div_ceil(FREE_A_DAY);
            line.push_str(&format!(
                "; {}, by its limit of {FREE_A_DAY} requests a day",
                counted(days, "day")
            ));
        }
        if plan.chosen {
            line.push_str(" (chosen)");
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}
