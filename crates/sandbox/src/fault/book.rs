//! The faults that are set, and the requests they were applied to.

use super::{Fault, FaultAction, Operation};
use crate::hash;

/// All faults that are set, with their counters.
#[derive(Debug, Default)]
pub(crate) struct FaultBook(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    fault: Fault,
    fitted: u64,
    happened: u64,
}

impl FaultBook {
    pub(crate) fn new(faults: &[Fault]) -> Self {
        let mut book = Self::default();
        for fault in faults {
            book.add(fault.clone());
        }
        book
    }

    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(Entry {
            fault,
            fitted: 0,
            happened: 0,
        });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn faults(&self) -> Vec<&Fault> {
        self.0.iter().map(|entry| &entry.fault).collect()
    }

    /// The effects on one request. Every rule counts it, the first that fires
    /// has its effect.
    pub(crate) fn pick(
        &mut self,
        operation: Operation,
        session: Option<&str>,
        page: u32,
    ) -> Option<FaultAction> {
        let mut picked = None;
        for entry in &mut self.0 {
            let fault = &entry.fault;
            let fits = (fault.operation == Operation::Any || fault.operation == operation)
                && (fault.session.is_none() || fault.session.as_deref() == session)
                && fault.page.is_none_or(|wanted| wanted == page);
            if !fits {
                continue;
            }
            entry.fitted += 1;
            let times = fault.times.unwrap_or(1);
            let due = entry.fitted >= fault.nth.unwrap_or(1)
                && (times == 0 || entry.happened < times)
                && fault.probability.is_none_or(|part| {
                    let roll = hash::join(fault.seed, &[entry.fitted]) >> 11;
                    (roll as f64) < part * (1_u64 << 53) as f64
                });
            if due && picked.is_none() {
                entry.happened += 1;
                picked = Some(fault.action.clone());
            }
        }
        picked
    }
}

#[cfg(test)]
mod tests {
    use super::{FaultBook, Operation};

    fn hits(fault: &str, requests: usize) -> Vec<usize> {
        let mut book = FaultBook::new(&[fault.parse().expect("a valid fault")]);
        (1..=requests)
            .filter(|_| book.pick(Operation::Messages, Some("a:b"), 2).is_some())
            .collect()
    }

    #[test]
    fn a_fault_happens_once_unless_told_otherwise() {
        assert_eq!(hits("messages:status=500", 5), [1]);
        assert_eq!(hits("any:nth=3:times=2:status=500", 5), [3, 4]);
        assert_eq!(hits("messages:nth=2:times=0:status=500", 4), [2, 3, 4]);
    }

    #[test]
    fn a_fault_keeps_to_its_operation_session_and_page() {
        assert!(hits("sessions:times=0:status=500", 3).is_empty());
        assert!(hits("messages:session=b:times=0:status=500", 3).is_empty());
        assert!(hits("messages:page=1:times=0:status=500", 3).is_empty());
        assert_eq!(hits("messages:page=2:session=a%3Ab:status=500", 3), [1]);
    }

    #[test]
    fn a_probability_picks_its_part_of_the_cases() {
        let found = hits("messages:probability=0.25:times=0:status=500", 2000).len();
        assert!((400..600).contains(&found), "{found}");
        assert!(hits("messages:probability=0:times=0:status=500", 100).is_empty());
    }
}
