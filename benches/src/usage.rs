//! What processes use up: processor time and memory, as the kernel tells.

use std::fs;

/// Kernel ticks in a second, as `/proc` counts them on Linux.
const TICKS: f64 = 100.0;

/// The fields of `/proc/PID/stat` behind the name, the state first.
fn fields(pid: &str) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn seconds(fields: &[String], places: &[usize]) -> f64 {
    let ticks = places.iter().filter_map(|place| fields.get(*place)?.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS
}

/// Processor seconds of this process.
pub fn own_seconds() -> f64 {
    fields("self").map_or(0.0, |fields| seconds(&fields, &[11, 12]))
}

/// Whose child a process is.
pub fn parent(pid: i32) -> Option<String> {
    fields(&pid.to_string())?.get(1).cloned()
}

/// Processor seconds of a process and of all its children, those that have ended included.
pub fn family_seconds(parent: &str) -> f64 {
    let mut sum = fields(parent).map_or(0.0, |fields| seconds(&fields, &[11, 12, 13, 14]));
    let Ok(processes) = fs::read_dir("/proc") else { return sum };
    for process in processes.flatten() {
        let name = process.file_name();
        let Some(fields) = name.to_str().filter(|name| name.parse::<u32>().is_ok()).and_then(fields) else {
            continue;
        };
        if fields.get(1).is_some_and(|of| of == parent) {
            sum += seconds(&fields, &[11, 12]);
        }
    }
    sum
}

/// Mebibytes that this process holds (`VmRSS`), or held at most since it was last asked to forget (`VmHWM`).
pub fn mebibytes(what: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

/// Forgets the highest figure so far. Where the kernel does not let us, it stays.
pub fn forget_peak() {
    let _may_stay = fs::write("/proc/self/clear_refs", "5");
}
