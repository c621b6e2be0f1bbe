//! Figures for a scraper: counters, gauges and histograms with few labels, written in the OpenMetrics text format.
//!
//! A crate makes its figures once, from the one [`Registry`] that the binary hands down, and names them in one file.
//! **Invariant:** a figure has at most [`MAX_SERIES`] combinations of label values; what is over it counts as [`OTHER`],
//! so that no caller can fill the memory or single out a person by naming what is new.
//! Left out: figures of the operating system and of the process, which their own exporters have.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text};
use prometheus_client::metrics::TypedMetric;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Metric;

/// Most combinations of label values of one figure.
pub const MAX_SERIES: usize = 1_000;
/// The value of every label of what is over [`MAX_SERIES`].
pub const OTHER: &str = "other";
/// What the answer that holds [`Registry::text`] says it is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the histograms of times, in seconds.
const TIMES_S: [f64; 11] = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 90.0];

/// All figures of a process. Cheap to clone: the clones are one.
#[derive(Clone, Default)]
pub struct Registry(Arc<Mutex<Figures>>);

#[derive(Default)]
struct Figures {
    registry: prometheus_client::registry::Registry,
    names: BTreeSet<&'static str>,
}

/// A figure without labels that only grows.
#[derive(Clone, Default)]
pub struct Counter(prometheus_client::metrics::counter::Counter);

/// A figure without labels that goes up and down.
#[derive(Clone, Default)]
pub struct Gauge(prometheus_client::metrics::gauge::Gauge);

/// A figure that only grows, by the values of `N` labels.
#[derive(Clone)]
pub struct Counters<const N: usize>(ByLabels<N, prometheus_client::metrics::counter::Counter>);

/// How long something took, by the values of `N` labels.
#[derive(Clone)]
pub struct Times<const N: usize>(
    ByLabels<N, prometheus_client::metrics::histogram::Histogram, fn() -> Histogram>,
);

type Histogram = prometheus_client::metrics::histogram::Histogram;

/// A label's value: from a closed set, or a name that an operator gave.
pub type Value = Cow<'static, str>;

type Labels<const N: usize> = [(&'static str, Value); N];

#[derive(Clone)]
struct ByLabels<const N: usize, M, C = fn() -> M> {
    names: [&'static str; N],
    family: Family<Labels<N>, M, C>,
    /// The family does not tell which it has.
    known: Arc<Mutex<BTreeSet<Labels<N>>>>,
}

impl Registry {
    /// A counter; its name ends in `_total`.
    pub fn counter(&self, name: &'static str, help: &'static str) -> Counter {
        let counter = Counter::default();
        self.register(name, help, counter.0.clone());
        counter
    }

    /// A gauge.
    pub fn gauge(&self, name: &'static str, help: &'static str) -> Gauge {
        let gauge = Gauge::default();
        self.register(name, help, gauge.0.clone());
        gauge
    }

    /// A counter for each combination of label values; its name ends in `_total`.
    pub fn counters<const N: usize>(
        &self,
        name: &'static str,
        help: &'static str,
        labels: [&'static str; N],
    ) -> Counters<N> {
        let by = ByLabels::new(labels, Default::default as fn() -> _);
        self.register(name, help, by.family.clone());
        Counters(by)
    }

    /// A histogram of seconds for each combination of label values; its name ends in `_seconds`.
    pub fn times<const N: usize>(
        &self,
        name: &'static str,
        help: &'static str,
        labels: [&'static str; N],
    ) -> Times<N> {
        let by = ByLabels::new(labels, (|| Histogram::new(TIMES_S)) as fn() -> Histogram);
        self.register(name, help, by.family.clone());
        Times(by)
    }

    /// All figures as they are now, in the OpenMetrics text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a string fails only where a figure can't be written, and then those before it are there.
        if text::encode(&mut text, &self.figures().registry).is_err() {
            tracing::error!("the figures can't be written");
        }
        text
    }

    fn register(&self, name: &'static str, help: &'static str, metric: impl Metric) {
        let mut figures = self.figures();
        if figures.names.insert(name) {
            // The format appends it again, and the full stop, too.
            figures.registry.register(name.trim_end_matches("_total"), help, metric);
        } else {
            tracing::error!(metric.name = name, "a figure was made twice: the second is not shown");
        }
    }

    fn figures(&self) -> MutexGuard<'_, Figures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One figure of somebody who counts by themselves, as it is now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sample {
    /// Its name; one that only grows ends in `_total`.
    pub name: &'static str,
    /// What it counts.
    pub help: &'static str,
    /// What it is now.
    pub value: u64,
}

struct Sampled<F>(F);

impl<F> fmt::Debug for Sampled<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sampled")
    }
}

impl<F: Fn() -> Vec<Sample> + Send + Sync + 'static> Collector for Sampled<F> {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for Sample { name, help, value } in (self.0)() {
            if let Some(name) = name.strip_suffix("_total") {
                let counter = ConstCounter::new(value);
                counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
            } else {
                let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
                gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
            }
        }
        Ok(())
    }
}

impl Registry {
    /// Figures that are asked for at each reading: their names are the source's to keep apart.
    pub fn sample(&self, source: impl Fn() -> Vec<Sample> + Send + Sync + 'static) {
        self.figures().registry.register_collector(Box::new(Sampled(source)));
    }
}

impl Counter {
    /// One more.
    pub fn add_one(&self) {
        self.0.inc();
    }

    /// How many so far.
    pub fn count(&self) -> u64 {
        self.0.get()
    }
}

impl Gauge {
    /// Sets it.
    pub fn set(&self, value: i64) {
        self.0.set(value);
    }

    /// One more.
    pub fn up(&self) {
        self.0.inc();
    }

    /// One less.
    pub fn down(&self) {
        self.0.dec();
    }

    /// What it is.
    pub fn value(&self) -> i64 {
        self.0.get()
    }
}

impl<const N: usize> Counters<N> {
    /// One more for these values of the labels, in their order.
    pub fn add_one(&self, values: [Value; N]) {
        self.add(values, 1);
    }

    /// So many more.
    pub fn add(&self, values: [Value; N], more: u64) {
        self.0.with(values, |counter| counter.inc_by(more));
    }

    /// How many so far.
    pub fn count(&self, values: [Value; N]) -> u64 {
        self.0.with(values, |counter| counter.get())
    }
}

impl<const N: usize> Times<N> {
    /// One that took so long, for these values of the labels.
    pub fn observe(&self, values: [Value; N], took: Duration) {
        self.0.with(values, |histogram| histogram.observe(took.as_secs_f64()));
    }
}

impl<const N: usize, M, C> ByLabels<N, M, C>
where
    Labels<N>: EncodeLabelSet + Hash + Eq + Clone,
    M: TypedMetric + Clone,
    C: MetricConstructor<M>,
{
    fn new(names: [&'static str; N], each: C) -> Self {
        Self { names, family: Family::new_with_constructor(each), known: Arc::default() }
    }

    fn with<T>(&self, values: [Value; N], act: impl FnOnce(&M) -> T) -> T {
        let labels = self.labels(values);
        act(&self.family.get_or_create(&labels))
    }

    fn labels(&self, values: [Value; N]) -> Labels<N> {
        let mut values = values.into_iter();
        let labels = self.names.map(|name| (name, values.next().unwrap_or(Cow::Borrowed(OTHER))));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(&labels) || known.len() < MAX_SERIES && known.insert(labels.clone()) {
            return labels;
        }
        labels.map(|(name, _)| (name, Cow::Borrowed(OTHER)))
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("figures", &self.figures().names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_under_their_own_names() {
        let registry = Registry::default();
        let (doors, open) =
            (registry.counter("m_doors_total", "Doors"), registry.gauge("m_open", "Open ones"));
        let by = registry.counters("m_knocks_total", "Knocks", ["kind", "result"]);
        let took = registry.times("m_knock_seconds", "Length", ["kind"]);
        doors.add_one();
        open.up();
        by.add(["loud".into(), "let \"in\"".into()], 2);
        took.observe(["loud".into()], Duration::from_millis(20));
        let text = registry.text();
        for line in [
            "# TYPE m_doors counter",
            "m_doors_total 1",
            "m_open 1",
            "m_knocks_total{kind=\"loud\",result=\"let \\\"in\\\"\"} 2",
            "m_knock_seconds_bucket{le=\"0.025\",kind=\"loud\"} 1",
            "m_knock_seconds_count{kind=\"loud\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn a_figure_has_a_limited_number_of_series() {
        let by = Registry::default().counters("m_total", "All", ["name"]);
        for n in 0..MAX_SERIES + 10 {
            by.add_one([n.to_string().into()]);
        }
        assert_eq!(by.0.known.lock().unwrap().len(), MAX_SERIES);
        assert_eq!(by.count([OTHER.into()]), 10);
        by.add_one(["7".into()]);
        assert_eq!(by.count(["7".into()]), 2, "what is known still counts for itself");
    }

    #[test]
    fn figures_of_others_are_asked_for_at_each_reading() {
        let registry = Registry::default();
        let asked = std::sync::atomic::AtomicU64::new(0);
        registry.sample(move || {
            let value = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let sample = |name| Sample { name, help: "Asked", value };
            vec![sample("m_asked_total"), sample("m_now")]
        });
        for times in 0..2 {
            let text = registry.text();
            for line in [format!("m_asked_total {times}"), format!("m_now {times}")] {
                assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
            }
        }
    }

    #[test]
    fn a_name_is_given_once() {
        let registry = Registry::default();
        registry.counter("m_total", "First").add_one();
        registry.counter("m_total", "Second").add_one();
        assert_eq!(registry.text().matches("m_total 1").count(), 1);
    }
}
