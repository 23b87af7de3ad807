"""What the phone counts, for Prometheus. No label ever holds a number, a name or an address."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

CALLS: Final = Counter("b2t_phone_calls", "Calls by how they ended", ["outcome"])
CALLS_NOW: Final = Gauge("b2t_phone_calls_now", "Calls that are offered or established")
REJECTED: Final = Counter("b2t_phone_sip_rejected", "SIP datagrams turned away", ["status"])
RTP_DROPPED: Final = Counter("b2t_phone_rtp_dropped", "RTP packets not taken", ["reason"])
RTP_RECEIVED: Final = Counter("b2t_phone_rtp_received", "RTP packets taken")
RTP_SENT: Final = Counter("b2t_phone_rtp_sent", "RTP packets sent")
RTP_LOST: Final = Counter("b2t_phone_rtp_lost", "RTP packets that never came")
FRAMES_SKIPPED: Final = Counter("b2t_phone_frames_skipped", "20 ms frames left out because the clock was late")
FRAMES_UNSEEN: Final = Counter("b2t_phone_frames_unseen", "32 ms frames not looked at for lack of time")
CLOCK_LATENESS: Final = Histogram(
    "b2t_phone_clock_lateness_seconds",
    "How late the send clock was",
    buckets=(0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.25, 1.0),
)
STAGES: Final = Histogram(
    "b2t_phone_stage_seconds",
    "Stages of a turn as the phone measures them",
    ["stage"],
    buckets=(0.025, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9, 1.2, 1.6, 2.4, 5.0, 10.0),
)
RECORDINGS: Final = Counter("b2t_phone_recordings", "Recordings of calls, by what became of them", ["outcome"])
FAILURES: Final = Counter("b2t_phone_failures", "What another unit could not do for a call", ["what"])


def observe_stages(stages: dict[str, float]) -> None:
    """Stages in milliseconds."""
    for stage, value in stages.items():
        STAGES.labels(stage).observe(value / 1000)
