//! The rest of a request that is refused: a client that is still sending would not read the answer otherwise.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use axum::http::header;
use futures_util::stream::poll_fn;
use futures_util::{Stream, StreamExt};
use tokio::time::timeout;

/// Limits of the rest that is read, in bytes and time. The usual `serve.max_upload_mb` is below them.
const MOST: usize = 128 << 20;
const TIME: Duration = Duration::from_secs(15);
/// Time for the next piece: a client that sends nothing for so long waits for its answer.
const PAUSE: Duration = Duration::from_secs(1);

/// The body of a request that an endpoint reads, as far as it likes.
pub struct LentBody {
    data: Arc<Mutex<BodyDataStream>>,
    /// The client sends the body when its beginning is asked for (`Expect: 100-continue`).
    waits: bool,
    /// The endpoint has asked for it.
    begun: Arc<AtomicBool>,
}

impl LentBody {
    /// The body of `request`, and a request for the endpoint that reads the same body.
    pub fn lend(request: Request) -> (Self, Request) {
        let (head, body) = request.into_parts();
        let waits = head.headers.contains_key(header::EXPECT);
        let data = Arc::new(Mutex::new(body.into_data_stream()));
        let begun = Arc::<AtomicBool>::default();
        let (mut lent, noted) = (pieces(Arc::clone(&data)), Arc::clone(&begun));
        let lent = Body::from_stream(poll_fn(move |context| {
            noted.store(true, Ordering::Relaxed);
            lent.poll_next_unpin(context)
        }));
        (Self { data, waits, begun }, Request::from_parts(head, lent))
    }

    /// Reads what the endpoint left, to its end or as far as is reasonable. A client that still waits to be asked reads
    /// the answer as it is.
    pub async fn drain(self) {
        if self.waits && !self.begun.load(Ordering::Relaxed) {
            return;
        }
        let mut rest = pieces(self.data);
        let mut read = 0;
        let reading = async {
            while let Ok(Some(Ok(bytes))) = timeout(PAUSE, rest.next()).await {
                read += bytes.len();
                if read > MOST {
                    return;
                }
            }
        };
        // Ignore whether the body came to its end.
        let _ = timeout(TIME, reading).await;
    }
}

/// The pieces of a body that others may read before or after.
fn pieces(data: Arc<Mutex<BodyDataStream>>) -> impl Stream<Item = Result<Bytes, axum::Error>> + Send + Unpin + 'static {
    poll_fn(move |context| data.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(context))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::stream::iter;
    use tokio::runtime::Builder;

    use super::*;

    const PIECE: usize = 1 << 20;

    /// A request whose body has `count` pieces, and the number of those that were read.
    fn request(count: usize) -> (Request, Arc<AtomicUsize>) {
        let read = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&read);
        let pieces = iter(0..count).map(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Infallible>(vec![0_u8; PIECE])
        });
        (Request::new(Body::from_stream(pieces)), read)
    }

    fn run(future: impl Future<Output = ()>) {
        Builder::new_current_thread().enable_time().build().unwrap().block_on(future);
    }

    #[test]
    fn the_rest_that_an_endpoint_leaves_is_read() {
        let (request, read) = request(20);
        let (body, request) = LentBody::lend(request);
        run(async {
            let mut data = request.into_body().into_data_stream();
            assert_eq!(data.next().await.unwrap().unwrap().len(), PIECE);
            drop(data);
            assert_eq!(read.load(Ordering::Relaxed), 1);
            body.drain().await;
        });
        assert_eq!(read.load(Ordering::Relaxed), 20);
    }

    #[test]
    fn a_client_that_waits_to_be_asked_is_not_asked_for_the_rest() {
        let (mut request, read) = request(20);
        request.headers_mut().insert(header::EXPECT, "100-continue".parse().unwrap());
        let (body, request) = LentBody::lend(request);
        drop(request);
        run(body.drain());
        assert_eq!(read.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_body_without_an_end_is_left() {
        let (request, read) = request(usize::MAX);
        let (body, request) = LentBody::lend(request);
        drop(request);
        run(body.drain());
        assert_eq!(read.load(Ordering::Relaxed), MOST / PIECE + 1);
    }
}
