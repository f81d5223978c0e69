//! Work on several threads, each with engines of its own.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Result, anyhow};

/// Does `count` tasks on `threads` threads. Each thread opens what it works with; results come in the order of the
/// tasks, so that they do not depend on how many threads there are.
///
/// # Errors
/// The first error of a thread; the other threads end after their current task.
pub fn spread<Engines, Done: Send>(
    threads: usize,
    count: usize,
    open: impl Fn() -> Result<Engines> + Sync,
    task: impl Fn(&Engines, usize) -> Result<Done> + Sync,
) -> Result<Vec<Done>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(count));
    let work = || -> Result<()> {
        let engines = open()?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(());
            }
            let done = task(&engines, number).inspect_err(|_| next.store(count, Ordering::Relaxed))?;
            results.lock().map_err(|_| anyhow!("another thread failed"))?.push((number, done));
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.clamp(1, count.max(1))).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| anyhow!("a thread of the bench panicked"))?)
    })?;
    let mut results = results.into_inner().map_err(|_| anyhow!("a thread failed"))?;
    results.sort_by_key(|(number, _)| *number);
    Ok(results.into_iter().map(|(_, done)| done).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_an_error_ends_all() {
        let squares = spread(3, 20, || Ok(2), |factor, number| Ok(number * factor)).unwrap();
        assert_eq!(squares, (0..20).map(|number| number * 2).collect::<Vec<_>>());
        let failed = spread(2, 20, || Ok(()), |(), number| if number == 3 { Err(anyhow!("third")) } else { Ok(()) });
        assert_eq!(failed.unwrap_err().to_string(), "third");
        assert!(spread(2, 0, || Ok(()), |(), _| Ok(())).unwrap().is_empty());
    }
}
