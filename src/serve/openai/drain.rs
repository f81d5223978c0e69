//! The rest of a request that is refused: a client that is still sending would not read the answer otherwise.

use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt;

/// Limits of the rest that is read: bytes and time.
const MOST: usize = 32 << 20;
const TIME: Duration = Duration::from_secs(5);

/// Reads `body` to its end, or as far as is reasonable.
pub async fn drain(body: Body) {
    let mut data = body.into_data_stream();
    let mut read = 0;
    let reading = async {
        while let Some(Ok(bytes)) = data.next().await {
            read += bytes.len();
            if read > MOST {
                return;
            }
        }
    };
    // Ignore whether the body came to its end.
    let _ = tokio::time::timeout(TIME, reading).await;
}
