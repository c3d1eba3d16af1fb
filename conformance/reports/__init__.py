"""Reports: the result of a run as plain values, the event stream, and their renderers."""
