"""tf.profiler: profiles."""

from types import SimpleNamespace

from .summary.profile import Profile, ProfilerOptions, Trace, remote, start, stop

experimental = SimpleNamespace(
    Profile=Profile,
    ProfilerOptions=ProfilerOptions,
    Trace=Trace,
    client=SimpleNamespace(monitor=remote, trace=remote),
    server=SimpleNamespace(start=remote),
    start=start,
    stop=stop,
)
