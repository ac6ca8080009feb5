"""Where runs are computed: queue, start, stop, resume. Torch is imported by the worker only."""
